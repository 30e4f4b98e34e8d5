/** `npm run bench`: every figure is a ratio against a peer measured in the same run, interleaved, medians. `-- policy` runs one. */
import { benchPolicy } from './policy.ts'
import { benchSaml } from './saml.ts'

const [, , ...given] = process.argv
const options = given.findIndex((word) => word.startsWith('--'))
const wanted = options < 0 ? given : given.slice(0, options)
const rest = options < 0 ? [] : given.slice(options)
const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  saml: benchSaml,
  policy: benchPolicy,
  history: async () => (await import('./history/run.ts')).benchHistory(rest),
  store: async () => (await import('./store.ts')).benchStore(),
  cli: () => import('./cli.ts'),
}
for (const [name, bench] of Object.entries(benches))
  if (wanted.length === 0 || wanted.includes(name)) await bench()
