import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { dependencyFaults, productionOf } from '../../scripts/dependencies.mjs'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
const reviewed = read('scripts/dependencies.json')
const lock = read('package-lock.json')
/** The lock with one package more, or another in its place. */
const withPackage = (name: string, entry: object) => ({
  ...lock,
  packages: { ...lock.packages, [`node_modules/${name}`]: entry },
})

test('every package of production is reviewed, in the version that is installed', () => {
  assert.deepEqual(dependencyFaults(lock, reviewed), [])
})

test('a package that nobody looked at, another major version, another licence and a leftover are each a fault', () => {
  const fresh = { version: '1.0.0', license: 'MIT' }
  assert.deepEqual(dependencyFaults(withPackage('leftpad', fresh), reviewed), [
    'leftpad@1.0.0 is not reviewed.',
  ])
  assert.deepEqual(dependencyFaults(withPackage('leftpad', { ...fresh, dev: true }), reviewed), [])
  assert.deepEqual(dependencyFaults(withPackage('zod', { version: '5.0.0', license: 'MIT' }), reviewed), [
    'zod@5.0.0 is not reviewed.',
  ])
  const [copyleft = '', changed = ''] = dependencyFaults(
    withPackage('zod', { version: '4.9.0', license: 'AGPL-3.0' }),
    reviewed,
  )
  assert.match(copyleft, /^zod has the licence AGPL-3\.0, which is not among /)
  assert.equal(changed, 'zod was MIT when it was reviewed, and is AGPL-3.0 now.')
  assert.deepEqual(dependencyFaults(lock, { ...reviewed, leftpad: { versions: ['1'], licence: 'MIT' } }), [
    'leftpad is reviewed, and nothing needs it any more.',
  ])
})

test('the bill of materials leaves out what only its makers need, and nothing else', () => {
  const component = (name: string, version: string) => ({ 'bom-ref': `${name}@${version}`, name, version })
  const zod = lock.packages['node_modules/zod'].version
  const tsx = lock.packages['node_modules/tsx'].version
  const sbom = {
    metadata: { component: component('folder', '0.1.0') },
    components: [component('zod', zod), component('tsx', tsx)],
    dependencies: [{ ref: 'folder@0.1.0', dependsOn: [`zod@${zod}`, `tsx@${tsx}`] }],
  }
  assert.deepEqual(productionOf(sbom, lock), {
    metadata: { component: { ...component('folder', '0.1.0'), name: 'rolebridge' } },
    components: [component('zod', zod)],
    dependencies: [{ ref: 'folder@0.1.0', dependsOn: [`zod@${zod}`] }],
  })
})
