import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importsOf } from './architecture/imports.ts'
import { packagePlaces } from './architecture/rooms.ts'
import { violations } from './architecture/violations.ts'

const root = join(import.meta.dirname, '..')

function sources(folder: string): [path: string, source: string][] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')])
}

test('every file keeps to the rules of the house', () => {
  const files = new Map([...sources('src'), ...sources('test')])
  assert.ok(files.has('src/core/index.ts'))
  assert.deepEqual(violations(files), [])
})

test('every package of package.json has its room, and no other', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.deepEqual(Object.keys(packagePlaces).sort(), Object.keys(dependencies).sort())
})

/** Files by path; each must be found guilty of exactly one thing. */
const offences: Readonly<Record<string, { files: Record<string, string>; says: string }>> = {
  'a folder in which nobody finds anything': {
    files: Object.fromEntries(
      Array.from({ length: 21 }, (_, n) => [`src/sts/action-${n}.ts`, `export const action${n} = ${n}`]),
    ),
    says: 'src/sts has 21 files: give it floors',
  },
  'a sibling room': {
    files: { 'src/saml/trust.ts': `import { evaluate } from '../policy/index.ts'` },
    says: 'src/saml/trust.ts: saml may not import policy',
  },
  'a sibling room, for its types': {
    files: { 'src/sts/grant.ts': `import type { Identity } from '../saml/index.ts'` },
    says: 'src/sts/grant.ts: sts may not import saml',
  },
  'a sibling room, when it runs': {
    files: { 'src/sts/grant.ts': `const saml = await import('../saml/index.ts')` },
    says: 'src/sts/grant.ts: sts may not import saml',
  },
  'a sibling room, by the type of an import': {
    files: { 'src/sts/grant.ts': `type Saml = typeof import("../saml/index.ts")` },
    says: 'src/sts/grant.ts: sts may not import saml',
  },
  'a re-export over several lines': {
    files: { 'src/web/index.ts': `export {\n  type Policy,\n  evaluate,\n} from '../policy/index.ts'\n` },
    says: 'src/web/index.ts: web may not import policy',
  },
  'an import for its effects': {
    files: { 'src/policy/rule.ts': `import '../store/index.ts'` },
    says: 'src/policy/rule.ts: policy may not import store',
  },
  'a way past the door': {
    files: { 'src/bridge/issue.ts': `import { evaluate } from '../policy/evaluate.ts'` },
    says: 'src/bridge/issue.ts: imports src/policy/evaluate.ts past the door of policy',
  },
  'a way past the door of a file': {
    files: { 'src/app.ts': `import { issue } from './bridge/issue.ts'` },
    says: 'src/app.ts: imports src/bridge/issue.ts past the door of bridge',
  },
  'more than options for the configuration': {
    files: { 'src/config.ts': `import { samlOptions, verify } from './saml/index.ts'` },
    says: 'src/config.ts: config may not take verify from saml',
  },
  'a whole room for the configuration': {
    files: { 'src/config/compose.ts': `import * as saml from '../saml/index.ts'` },
    says: 'src/config/compose.ts: config may not take * from saml',
  },
  'the server at every start of the command line': {
    files: { 'src/cli/commands/serve.ts': `import { createApp } from '../../app.ts'` },
    says: 'src/cli/commands/serve.ts: cli may not import app',
  },
  'a type that loads the server with it': {
    files: { 'src/cli/check.ts': `import { type Config } from '../config.ts'` },
    says: 'src/cli/check.ts: cli may not import config',
  },
  'AWS itself from another command than mfa': {
    files: { 'src/cli/commands/exec.ts': `await import('../../sts/index.ts')` },
    says: 'src/cli/commands/exec.ts: imports sts, which only src/cli/mfa/ may',
  },
  'a side door that leads to the whole server': {
    files: {
      'src/config/store-place.ts': `import { readFiles } from './files.ts'`,
      'src/config/files.ts': `import { metadataFault } from '../saml/index.ts'`,
    },
    says: 'src/config/store-place.ts is a side door and loads src/saml/index.ts',
  },
  'a side door at every start of the command line': {
    files: { 'src/cli/commands/reload.ts': `import { askToReload } from '../../main/control.ts'` },
    says: 'src/cli/commands/reload.ts: cli may not import main',
  },
  'a picture library at every start of the command line': {
    files: { 'src/cli/login.ts': `import { toString } from 'qrcode'` },
    says: 'src/cli/login.ts: loads qrcode at every start',
  },
  'a heavy package outside its room': {
    files: { 'src/web/routes/saml.ts': `import { SignedXml } from 'xml-crypto'` },
    says: 'src/web/routes/saml.ts: imports xml-crypto, which stays in saml/, demo/',
  },
  'a heavy package in the wrong file of its room': {
    files: { 'src/store/index.ts': `import { Redis } from 'ioredis'` },
    says: 'src/store/index.ts: imports ioredis, which stays in store/redis.ts',
  },
  'a part of a package that has no room': {
    files: { 'src/sts/client.ts': `import { S3 } from '@aws-sdk/client-s3/commands'` },
    says: 'src/sts/client.ts: imports @aws-sdk/client-s3, which has no room',
  },
  'a package that the prototype of objects knows': {
    files: { 'src/sts/client.ts': `import 'constructor'` },
    says: 'src/sts/client.ts: imports constructor, which has no room',
  },
  'an import that cannot be read': {
    files: { 'src/policy/load.ts': `const rule = await import(name)` },
    says: 'src/policy/load.ts: imports what only running it would tell',
  },
  'require in disguise': {
    files: { 'src/policy/load.ts': `import { createRequire } from 'node:module'` },
    says: 'src/policy/load.ts: uses require',
  },
  'core that knows the machine': {
    files: { 'src/core/files.ts': `import { readFileSync } from 'node:fs'` },
    says: 'src/core/files.ts: core imports node:fs',
  },
  'a way out of src': {
    files: { 'src/app.ts': `import { stage } from '../test/stage.ts'` },
    says: 'src/app.ts: imports test/stage.ts, which is not in src/',
  },
  'a file without a room': {
    files: { 'src/shared/words.ts': '' },
    says: 'src/shared/words.ts: belongs to no room',
  },
  'a drawer': {
    files: { 'src/saml/xml/string-utils.ts': '' },
    says: 'src/saml/xml/string-utils.ts: its name says nothing about its duty',
  },
  'a drawer that is a folder': {
    files: { 'src/web/helpers/date.ts': '' },
    says: 'src/web/helpers/date.ts: its name says nothing about its duty',
  },
  'a name in camel case': {
    files: { 'src/saml/idpMetadata.ts': '' },
    says: 'src/saml/idpMetadata.ts: its name is not kebab-case',
  },
  'a default export': {
    files: { 'src/saml/trust.ts': 'export default function trust() {}' },
    says: 'src/saml/trust.ts: exports a default',
  },
  'a default export by another way': {
    files: { 'src/saml/trust.ts': 'function trust() {}\nexport { trust as default }' },
    says: 'src/saml/trust.ts: exports a default',
  },
  'a file too long to read': {
    files: { 'src/saml/trust.ts': 'a()\n'.repeat(301) },
    says: 'src/saml/trust.ts: has 301 lines',
  },
  'what stands between two comments in strings': {
    files: { 'src/sts/grant.ts': `const a = 'text/*'\nawait import('../saml/index.ts')\nconst b = '*/*'` },
    says: 'src/sts/grant.ts: sts may not import saml',
  },
  'a decision by the wall clock': {
    files: { 'src/saml/conditions.ts': 'if (notOnOrAfter < Date.now()) throw expired' },
    says: 'src/saml/conditions.ts: reads the clock or rolls dice by itself',
  },
  'a flow test that looks inside': {
    files: { 'test/flows/sign-in.test.ts': `import { verify } from '../../src/saml/index.ts'` },
    says: 'test/flows/sign-in.test.ts: a test that uses HTTP only imports src/saml/index.ts',
  },
  'a cycle of two files': {
    files: {
      'src/saml/a.ts': `import { b } from './b.ts'`,
      'src/saml/b.ts': `import type { A } from './a.ts'`,
    },
    says: 'cycle: src/saml/a.ts → src/saml/b.ts → src/saml/a.ts',
  },
  'a file that goes through its own door': {
    files: {
      'src/saml/index.ts': `export { trust } from './trust.ts'`,
      'src/saml/trust.ts': `import { verify } from './index.ts'`,
    },
    says: 'cycle: src/saml/index.ts → src/saml/trust.ts → src/saml/index.ts',
  },
}

for (const [offence, { files, says }] of Object.entries(offences)) {
  test(`notices ${offence}`, () => {
    assert.deepEqual(violations(new Map(Object.entries(files))), [says])
  })
}

test('leaves good files alone', () => {
  const good = {
    'src/core/index.ts': `export type { Clock } from './deps.ts'\nexport { parse } from './arn.ts'`,
    'src/core/deps.ts': 'export type Clock = () => number',
    'src/core/arn.ts': '// import { x } from "../saml/index.ts"\n/* Date.now() */\nexport const parse = 1',
    'src/saml/trust.ts': `import { z } from 'zod'\nimport { type Clock, parse } from '../core/index.ts'`,
    'src/saml/service-provider.ts': '',
    'src/store/redis.ts': `import { Redis } from 'ioredis'`,
    'src/config.ts': `import { samlOptions, type SamlOptions } from './saml/index.ts'`,
    'src/cli/commands/serve.ts': `import type { Config } from '../../config.ts'\nawait import('../../app.ts')`,
    'src/app.ts': `import express from 'express'\nexport const clock = () => Date.now()`,
    'test/saml/trust.test.ts': `import { trust } from '../../src/saml/trust.ts'`,
  }
  assert.deepEqual(violations(new Map(Object.entries(good))), [])
})

test('reads which names an import takes', () => {
  const [first] = importsOf('src/a.ts', `import express, { type Request as R, Router } from 'express'`)
  assert.deepEqual(first?.names, ['default', 'Request', 'Router'])
  assert.equal(first?.types, false)
})
