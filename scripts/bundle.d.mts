/** Writes files as one program. `change` may read a file, named from the root, otherwise than it stands. */
export function bundle(
  files: readonly string[],
  outfile: string,
  change?: (file: string, source: string) => string,
): Promise<void>
