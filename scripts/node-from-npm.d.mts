/** This machine, as Node calls its platform and architecture. */
export const thisPlatform: string
