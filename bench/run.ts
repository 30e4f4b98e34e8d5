/** `npm run bench`: every figure is a ratio against a peer measured in the same run, interleaved, medians. */
import { benchSaml } from './saml.ts'

await benchSaml()
await import('./cli.ts')
