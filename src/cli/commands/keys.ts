import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cliError, exit, type Register } from '../command.ts'
import { print, printJson, say } from '../terminal/terminal.ts'

const stages = ['', '.next', '.previous'] as const
type Stage = (typeof stages)[number]

interface Where {
  readonly dir: string
}

/** Keys are pairs of files, `NAME.pem` and `NAME.crt`; a rollover keeps the next and the previous pair beside them. */
export const keys: Register = (program) => {
  const group = program.command('keys').description('make, list and roll over signing and decryption keys')
  group
    .command('new <name>')
    .description('make an RSA key and a self-signed certificate')
    .option('--dir <folder>', 'where the files go', 'certs')
    .option('--days <days>', 'how long the certificate lasts', '1095')
    .action(async (name: string, options: Where & { days: string }) => {
      checkName(name)
      if (existsSync(file(options.dir, name, '', 'pem'))) {
        throw cliError(
          exit.badUsage,
          `${file(options.dir, name, '', 'pem')} exists; use \`rolebridge keys rotate ${name}\``,
        )
      }
      await make(options.dir, name, '', options.days)
      print(`${file(options.dir, name, '', 'pem')}\n${file(options.dir, name, '', 'crt')}`)
    })
  group
    .command('list')
    .description('list the keys of a folder and when their certificates end')
    .option('--dir <folder>', 'where the files are', 'certs')
    .option('--json', 'print JSON')
    .action((options: Where & { json?: boolean }) => list(options.dir, options.json === true))
  group
    .command('rotate <name>')
    .description(
      'begin a rollover: make and publish the next key; --promote puts it to use; --finish forgets the old one',
    )
    .option('--dir <folder>', 'where the files are', 'certs')
    .option('--days <days>', 'how long the next certificate lasts', '1095')
    .option('--promote', 'sign with the next key; the old certificate stays published')
    .option('--finish', 'remove the old key and certificate')
    .action((name: string, options: Where & { days: string; promote?: boolean; finish?: boolean }) =>
      rotate(name, options),
    )
}

async function rotate(
  name: string,
  { dir, days, promote, finish }: Where & { days: string; promote?: boolean; finish?: boolean },
): Promise<void> {
  checkName(name)
  if (!existsSync(file(dir, name, '', 'pem'))) {
    throw cliError(
      exit.badUsage,
      `there is no ${file(dir, name, '', 'pem')}; make it with \`rolebridge keys new ${name}\``,
    )
  }
  if (finish) {
    if (!existsSync(file(dir, name, '.previous', 'crt')))
      throw cliError(exit.badUsage, `no rollover of ${name} waits to be finished`)
    for (const kind of ['pem', 'crt']) rmSync(file(dir, name, '.previous', kind), { force: true })
    return say(
      `The old key of ${name} is gone. Reload the bridge (\`rolebridge reload\`); its metadata shows one certificate again.`,
    )
  }
  if (promote) {
    if (!existsSync(file(dir, name, '.next', 'pem')))
      throw cliError(exit.badUsage, `begin with \`rolebridge keys rotate ${name}\``)
    if (existsSync(file(dir, name, '.previous', 'pem')))
      throw cliError(exit.badUsage, `finish the last rollover first: --finish`)
    for (const kind of ['crt', 'pem'])
      renameSync(file(dir, name, '', kind), file(dir, name, '.previous', kind))
    for (const kind of ['crt', 'pem']) renameSync(file(dir, name, '.next', kind), file(dir, name, '', kind))
    return say(
      `${name} is now the new key. Reload the bridge (\`rolebridge reload\`). When nobody needs the old one: \`rolebridge keys rotate ${name} --finish\`.`,
    )
  }
  if (existsSync(file(dir, name, '.next', 'pem')))
    throw cliError(exit.badUsage, `the next key of ${name} exists; put it to use with --promote`)
  await make(dir, name, '.next', days)
  say(
    `The next key of ${name} is made. Reload the bridge (\`rolebridge reload\`): its metadata now shows both certificates.\n` +
      'Give that metadata to everyone who trusts this key (the identity provider, or IAM); where it is loaded by URL,\n' +
      `wait an hour. Then \`rolebridge keys rotate ${name} --promote\`.`,
  )
}

async function make(dir: string, name: string, stage: Stage, days: string): Promise<void> {
  const count = Number(days)
  if (!Number.isInteger(count) || count < 1 || count > 3650)
    throw cliError(exit.badUsage, '--days must be 1 to 3650')
  const { selfSigned } = await import('../../saml/index.ts')
  const { key, cert } = await selfSigned({ commonName: name, days: count, now: Date.now() })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(file(dir, name, stage, 'pem'), key, { mode: 0o600, flag: 'wx' })
  writeFileSync(file(dir, name, stage, 'crt'), cert, { mode: 0o644 })
}

function list(dir: string, json: boolean): void {
  if (!existsSync(dir)) throw cliError(exit.badUsage, `there is no folder ${dir}`)
  const rows = readdirSync(dir)
    .filter((name) => name.endsWith('.crt'))
    .sort()
    .map((name) => describe(dir, name))
  const line = ({ name, stage, expires, fingerprint }: (typeof rows)[number]) =>
    `${name.padEnd(24)} ${stage.padEnd(9)} until ${expires.slice(0, 10)}  ${fingerprint}`
  if (json) printJson(rows, 0)
  else for (const row of rows) print(line(row))
}

function describe(dir: string, name: string) {
  const certificate = new X509Certificate(readFileSync(join(dir, name)))
  const stage = /\.(next|previous)\.crt$/.exec(name)?.[1] ?? 'in use'
  return {
    name: name.replace(/(\.(next|previous))?\.crt$/, ''),
    stage,
    expires: new Date(certificate.validTo).toISOString(),
    fingerprint: certificate.fingerprint256,
  }
}

function file(dir: string, name: string, stage: Stage, kind: string): string {
  return join(dir, `${name}${stage}.${kind}`)
}

function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name))
    throw cliError(exit.badUsage, `"${name}" is no name: small letters, digits and dashes`)
}
