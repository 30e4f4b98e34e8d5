/** `npm run bench`: every figure is a ratio against a peer measured in the same run, interleaved, medians. `-- policy` runs one. */
import { benchPolicy } from './policy.ts'
import { benchSaml } from './saml.ts'

const wanted = process.argv.slice(2)
const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  saml: benchSaml,
  policy: benchPolicy,
  history: async () => (await import('./history.ts')).benchHistory(),
  cli: () => import('./cli.ts'),
}
for (const [name, bench] of Object.entries(benches))
  if (wanted.length === 0 || wanted.includes(name)) await bench()
