import { resolve } from 'node:path'
import type { UserKeys } from '../../core/index.ts'
import type { Options } from '../options.ts'
import { noteFile, type Reading } from '../reading.ts'
import { readWhole, whyUnreadable } from '../whole-file.ts'

type Place = { readonly env: string } | { readonly file: string }
type Written = { readonly id: string; readonly secret: string; readonly session: string }
type Environment = Readonly<Record<string, string | undefined>>

const longestFile = 65_536

/**
 * Reads the long-term keys of IAM users from where the configuration says that they are. No finding repeats a value:
 * one may be a secret in the wrong place.
 */
export function readBrokerKeys(
  places: Options['aws']['broker'],
  env: Environment,
  baseDir: string,
  { findings, files }: Reading,
): Readonly<Record<string, UserKeys>> {
  const keys: Record<string, UserKeys> = {}
  for (const [account, place] of Object.entries<Place>(places)) {
    const read =
      'env' in place ? fromEnvironment(place.env, env) : fromFile(resolve(baseDir, place.file), files)
    const sound = 'fault' in read ? read : checked(read, place)
    if ('fault' in sound) findings.push({ path: ['aws', 'broker', account], message: sound.fault })
    else keys[account] = { accessKeyId: sound.id, secretAccessKey: sound.secret }
  }
  return keys
}

function fromEnvironment(prefix: string, env: Environment): Written | { readonly fault: string } {
  const names = { id: `${prefix}_ACCESS_KEY_ID`, secret: `${prefix}_SECRET_ACCESS_KEY` }
  const missing = Object.values(names).find((name) => !env[name])
  if (missing !== undefined) return { fault: `the environment variable ${missing} is not set` }
  const value = (name: string) => env[name]?.trim() ?? ''
  return { id: value(names.id), secret: value(names.secret), session: value(`${prefix}_SESSION_TOKEN`) }
}

/** A file as AWS's tools write it, `~/.aws/credentials`, with the keys of one user. */
function fromFile(file: string, files: Reading['files']): Written | { readonly fault: string } {
  const text = readOwn(file)
  noteFile(files, file, typeof text === 'string' ? text : undefined)
  if (typeof text !== 'string') return text
  const lines = text.split(/\r?\n/)
  if (lines.filter((line) => /^\s*\[/.test(line)).length > 1)
    return { fault: `${file} holds several profiles; it must hold the keys of one IAM user` }
  const all = lines.flatMap((line) => {
    const [, name = '', value = ''] = /^\s*(aws_\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    return name === '' ? [] : [[name, value] as const]
  })
  const found = new Map(all)
  if (found.size < all.length) return { fault: `${file} says a key twice` }
  const missing = ['aws_access_key_id', 'aws_secret_access_key'].find((name) => !found.get(name))
  if (missing !== undefined) return { fault: `${file} has no line ${missing} = …` }
  return {
    id: found.get('aws_access_key_id') ?? '',
    secret: found.get('aws_secret_access_key') ?? '',
    session: found.get('aws_session_token') ?? '',
  }
}

/** The text of a file of ours, or root's, that nobody else may read or change; judged as it is open. */
function readOwn(file: string): string | { readonly fault: string } {
  try {
    const {
      text,
      stat: { mode, uid },
    } = readWhole(file, longestFile)
    if (process.platform !== 'win32') {
      if ((mode & 0o077) !== 0)
        return { fault: `${file} holds keys of AWS, but others may read or change it; chmod 600 it` }
      if (uid !== 0 && uid !== process.getuid?.())
        return { fault: `${file} holds keys of AWS, but belongs to somebody else; chown it` }
    }
    return text
  } catch (error) {
    return { fault: `${file} ${whyUnreadable(error)}` }
  }
}

/** What AWS would refuse at the first person, found before. */
function checked(keys: Written, place: Place): Written | { readonly fault: string } {
  const { id, secret, session } = keys
  const where = 'env' in place ? `${place.env}_…` : place.file
  if (/^ASIA/.test(id) || session !== '')
    return {
      fault:
        `the keys in ${where} are those of a session, and GetFederationToken takes none such: give the long-term ` +
        'keys of an IAM user (AKIA…)',
    }
  if (!/^AKIA[A-Z0-9]{12,124}$/.test(id))
    return { fault: `the access key in ${where} is none of an IAM user (AKIA…)` }
  return /^[\x21-\x7e]{16,128}$/.test(secret) ? keys : { fault: `the secret access key in ${where} is none` }
}
