/** Writes cli.js and cli-main.js into a folder. */
export function buildCli(folder: string): Promise<void>
