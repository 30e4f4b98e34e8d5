/** Writes cli.cjs, cli-main.js and cli.js into a folder. */
export function buildCli(folder: string): Promise<void>
