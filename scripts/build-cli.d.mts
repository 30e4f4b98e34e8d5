import type { Plugin } from 'esbuild'

/** Writes cli.cjs, cli-main.js, cli-sts.js, cli-outgoing.js and cli.js into a folder. */
export function buildCli(folder: string, plugins?: readonly Plugin[]): Promise<void>
