/**
 * `npm run chart`: the chart of packaging/helm, linted, rendered and held against the schemas of Kubernetes. Helm is
 * installed by Go when it is not here, which takes minutes, so `npm test` does this only where Helm is already.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedHelm } from './services.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const version = 'v3.19.0'

function run(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env })
  if (status === 0) return
  console.error(error ? `${program} cannot be run: ${error.message}` : `${program} ${args[0]} failed.`)
  process.exit(1)
}

if (!existsSync(cachedHelm) && spawnSync('helm', ['version']).status !== 0) {
  console.error('Installing Helm by Go; this takes some minutes …')
  run('go', ['install', `helm.sh/helm/v3/cmd/helm@${version}`], {
    ...process.env,
    GOBIN: dirname(cachedHelm),
  })
}
run(process.execPath, ['scripts/test.mjs', 'test/packaging/chart.test.ts'])
