/** A Keycloak for tests: fetched by Maven, built once for the database that tests use. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const version = '26.4.7'
const home = fileURLToPath(
  new URL(`../node_modules/.cache/rolebridge-keycloak/keycloak-${version}`, import.meta.url),
)
/** 3.6.1 unpacks without a project around it. */
const unpack = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack'

export const keycloakProgram = join(home, 'bin/kc.sh')

/** Whether there is a Java that runs it. */
export function hasJava() {
  const { stderr, stdout } = spawnSync('java', ['-version'], { encoding: 'utf8', timeout: 20_000 })
  return Number(/version "(\d+)/.exec(`${stderr ?? ''}${stdout ?? ''}`)?.[1] ?? 0) >= 17
}

/**
 * Unpacks it beside its place and moves it there when it is whole, so that a broken download leaves nothing to be found.
 * @param {(command: string, args: string[], env?: object, cwd?: string) => boolean} run
 */
export function installKeycloak(run) {
  if (!hasJava() || spawnSync('mvn', ['-version']).status !== 0) return false
  mkdirSync(dirname(home), { recursive: true })
  const fresh = mkdtempSync(join(dirname(home), 'new-'))
  try {
    const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:zip`
    const unpacked = run('mvn', ['-q', '-B', '-C', unpack, artifact, `-DoutputDirectory=${fresh}`], {}, fresh)
    const made = join(fresh, `keycloak-${version}`)
    // Without this each start would build for itself, which takes longer than to start.
    if (!unpacked || !run('bash', [join(made, 'bin/kc.sh'), 'build', '--db=dev-mem'])) return false
    chmodSync(join(made, 'bin/kc.sh'), 0o755)
    rmSync(home, { recursive: true, force: true })
    renameSync(made, home)
    return true
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}
