import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, folderOf, logIn } from './command-line.ts'

let stage: Stage
let signedIn: CommandLine
before(async () => {
  ;[stage, signedIn] = await Promise.all([startStage(), buildCommandLine()])
  const { code, stderr } = await logIn(signedIn, stage, 'alice')
  assert.equal(code, 0, stderr)
})
after(async () => {
  await Promise.all([stage?.close(), signedIn?.close()])
})

interface Fault {
  /** Breaks something; what it returns goes into the environment. */
  readonly cause: (cli: CommandLine) => Promise<NodeJS.ProcessEnv | undefined>
  readonly args: readonly string[]
  readonly says: RegExp
  /** The check of `doctor` that says so too. */
  readonly check: string
}

const putFile = async (cli: CommandLine, name: string) => {
  await rm(join(folderOf(cli), name), { recursive: true, force: true })
  await writeFile(join(folderOf(cli), name), '')
  return undefined
}

const faults: Readonly<Record<string, Fault>> = {
  'a file where a folder should be': {
    cause: (cli) => putFile(cli, 'roles'),
    args: ['list'],
    says: /\/roles cannot be read or written: something else stands in its place \(EEXIST\)\.$/,
    check: 'state',
  },
  'a state folder on a disk that takes nothing': {
    cause: async () => ({ XDG_STATE_HOME: '/sys' }),
    args: ['whoami'],
    says: /^\/sys\/rolebridge cannot be read or written: (you may not|its disk is read-only) \(E\w+\)\.$/,
    check: 'state',
  },
  'a list of sign-ins that others may read': {
    cause: async (cli) => {
      await chmod(join(folderOf(cli), 'sign-ins.json'), 0o644)
      return undefined
    },
    args: ['credential-process', '--role', 'arn:aws:iam::111122223333:role/Admin'],
    says: /sign-ins\.json is open to others\. If you trust what it holds: chmod 600 /,
    check: '',
  },
  'a folder in the place of the AWS configuration': {
    cause: async (cli) => {
      await mkdir(join(cli.home, '.aws', 'config'), { recursive: true })
      return undefined
    },
    args: ['configure'],
    says: /\/\.aws\/config cannot be read: it is a folder \(EISDIR\)\.$/,
    check: 'profiles',
  },
  'an AWS configuration below a file': {
    cause: async (cli) => {
      await writeFile(join(cli.home, 'file'), '')
      return { AWS_CONFIG_FILE: join(cli.home, 'file', 'config') }
    },
    args: ['configure'],
    says: /\/file\/config cannot be read or written: a part of its path is no folder \(ENOTDIR\)\.$/,
    check: 'profiles',
  },
  'a lost mark in the AWS configuration': {
    cause: async (cli) => {
      const file = join(cli.home, '.aws', 'config')
      await cli.run(['configure'])
      const text = await readFile(file, 'utf8')
      await writeFile(file, `[default]\n\n${text.replace(/^# <<<.*$/m, '')}`)
      return undefined
    },
    args: ['configure'],
    says: /\/\.aws\/config, line 3: the lines of Rolebridge begin here, and their last, “# <<< .*”, is lost\./,
    check: 'profiles',
  },
}

describe('a fault that only the person can mend is one sentence, and doctor says it too:', () => {
  for (const [name, { cause, args, says, check }] of Object.entries(faults)) {
    test(name, async () => {
      const cli = await signedIn.copy()
      const env = await cause(cli)
      const { code, stdout, stderr } = await cli.run(args, env)
      assert.deepEqual([code, stdout], [5, ''], stderr)
      assert.match(stderr.trimEnd(), says)
      assert.doesNotMatch(stderr.trimEnd(), /\n/)
      const judged = await cli.run(['doctor'], env)
      assert.equal(judged.code, 5)
      if (check !== '') assert.match(judged.stdout, new RegExp(`^✗ ${check} `, 'm'))
      else assert.match(judged.stderr.trimEnd(), says)
    })
  }
})

describe('doctor', () => {
  const findings = async (cli: CommandLine, env: NodeJS.ProcessEnv = {}) => {
    const { stdout, stderr } = await cli.run(['doctor', '--json'], env)
    const list: { check: string; ok: boolean; say: string }[] = JSON.parse(stdout || stderr).findings
    return (check: string) => {
      const { ok, say } = list.find((one) => one.check === check) ?? { ok: false, say: stdout }
      return [ok, say] as const
    }
  }
  /** An `aws` that says this version. */
  const awsOf = async (cli: CommandLine, version: string) => {
    const folder = join(cli.home, 'bin')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'aws'), `#!/bin/sh\necho "aws-cli/${version} Python/3.11.7"\n`, {
      mode: 0o755,
    })
    return { PATH: `${folder}:${process.env.PATH}` }
  }

  test('judges profiles of this bridge by credential_process, and no others', async () => {
    const cli = await signedIn.copy()
    await cli.run(['configure'])
    const file = join(cli.home, '.aws', 'config')
    await writeFile(
      file,
      `[profile theirs]\ncredential_process = other-tool --url ${stage.url}\n\n${await readFile(file, 'utf8')}`,
    )
    await writeFile(join(cli.home, '.aws', 'credentials'), '[theirs]\naws_access_key_id = AKIA\n')
    assert.deepEqual((await findings(cli))('profiles'), [true, `2 in ${file} by credential_process`])
    await writeFile(join(cli.home, '.aws', 'credentials'), '[production-Admin]\naws_access_key_id = AKIA\n')
    const [ok, say] = (await findings(cli))('profiles')
    assert.deepEqual([ok, /has keys for production-Admin, which/.test(say)], [false, true], say)
  })

  test('knows native profiles that somebody wrote by hand', async () => {
    const cli = await signedIn.copy()
    await mkdir(join(cli.home, '.aws'), { recursive: true })
    const services = ['sso_oidc', 'sso-oidc', 'sso'].map(
      (name) => `${name} =\n  endpoint_url = ${stage.url}\n`,
    )
    const profile = `[profile dev]\nsso_session = corp\nservices = corp\n
[profile elsewhere]\nsso_session = aws\n
[sso-session aws]\nsso_start_url = https://d-1.awsapps.com/start\n
[sso-session corp]\nsso_start_url = ${stage.url}/start\n
[services corp]\n${services.join('')}`
    await writeFile(join(cli.home, '.aws', 'config'), profile)
    const own = { AWS_ENDPOINT_URL_SSO: stage.url, AWS_ENDPOINT_URL_SSO_OIDC: stage.url }
    const cases: readonly (readonly [NodeJS.ProcessEnv, boolean, RegExp, version?: string])[] = [
      [{}, true, /^1 by sso-session.*--profile dev$/],
      [own, true, /^1 by/],
      [{ ...own, AWS_ENDPOINT_URL: 'http://localhost:1' }, true, /^1 by/],
      [{ AWS_ENDPOINT_URL: 'http://localhost:1' }, false, /AWS_ENDPOINT_URL is set/],
      [
        { ...own, AWS_ENDPOINT_URL_SSO: 'https://other.example' },
        false,
        /AWS_ENDPOINT_URL_SSO is https:\/\/other\.example and beats the profiles/,
      ],
      [{}, false, /1\.45\.11, and version 1 has no aws sso login/, '1.45.11'],
      [{}, false, /2\.9\.19: before 2\.13 it ignores endpoint_url/, '2.9.19'],
    ]
    for (const [env, good, words, version = '2.17.3'] of cases) {
      const [ok, say] = (await findings(cli, { ...(await awsOf(cli, version)), ...env }))('native')
      assert.deepEqual([ok, words.test(say)], [good, true], say)
    }
  })
})
