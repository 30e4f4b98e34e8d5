/** Builds for one platform into a folder and answers the file. Throws with a sentence. */
export function buildExecutable(platform: string, folder: string): Promise<string>
