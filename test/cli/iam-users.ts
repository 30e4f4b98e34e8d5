import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { totp, userId } from '../../src/demo/index.ts'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine } from './command-line.ts'

/** The secret of every such user's key. */
export const userSecret = 'sSsSsSsSsSsSsSsSsSsSsSsSsSsSsSsSsSsSsSsS'

/**
 * An IAM user with a device, and their profile with the keys in the home of the command line; each test has its own, for
 * a code counts once. `config` is what the profile says; SERIAL in it is the device.
 */
async function addIamUser(
  stage: Stage,
  cli: CommandLine,
  name: string,
  config = 'mfa_serial = SERIAL\nregion = eu-central-1',
) {
  const arn = `arn:aws:iam::111122223333:user/team/${name}`
  const mfa = { serial: `arn:aws:iam::111122223333:mfa/${name}`, seed: Buffer.from(name.padEnd(20, '.')) }
  const accessKeyId = `AKIA${name.toUpperCase().padEnd(16, 'X')}`
  const permissions = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })
  const keys = { accessKeyId, secretAccessKey: userSecret }
  stage.world.sts.state.users.set(arn, { arn, id: userId(arn), ...keys, permissions, mfa })
  await append(
    cli,
    'credentials',
    `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${userSecret}\n`,
  )
  await append(cli, 'config', `[profile ${name}]\n${config.replace('SERIAL', mfa.serial)}\n`)
  return { arn, mfa, accessKeyId, code: (ahead = 0) => totp(mfa, stage.now() + ahead * 30_000) }
}

/** A local STS and a command line whose `mfa` asks it, for people that are IAM users there. */
export async function startMfa() {
  const [stage, cli] = await Promise.all([startStage(), buildCommandLine()])
  const env: NodeJS.ProcessEnv = { AWS_ENDPOINT_URL_STS: stage.world.urls.sts }
  return {
    ...{ stage, cli, env },
    user: (name: string, config?: string) => addIamUser(stage, cli, name, config),
    run: (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
      cli.run(['mfa', ...args], { ...env, ...more }),
    close: () => Promise.all([stage.close(), cli.close()]),
  }
}

/** Adds lines to a file of `~/.aws`. */
export async function append(cli: CommandLine, file: 'config' | 'credentials', lines: string): Promise<void> {
  const path = join(cli.home, '.aws', file)
  await mkdir(join(cli.home, '.aws'), { recursive: true })
  await writeFile(path, (await readFile(path, 'utf8').catch(() => '')) + lines, { mode: 0o600 })
}
