import { type Config, describeConfig } from '../../src/config.ts'

/** What `check` says of a configuration: its sentences, and its warnings as `path: message`. */
export function said(
  config: Config,
  now: number,
): { sentences: readonly string[]; warnings: readonly string[] } {
  const { sentences, warnings } = describeConfig(config, now)
  return {
    sentences: Object.values(sentences).flat(),
    warnings: warnings.map(({ path, message }) => `${path.join('.')}: ${message}`),
  }
}
