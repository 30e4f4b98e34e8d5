import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { cliError, exit } from '../command.ts'
import { fileFault } from '../files/file-fault.ts'
import { stateFolder } from '../files/places.ts'
import { readPrivate } from '../files/private-files.ts'
import { ensurePrivateFolder, writePrivate } from '../files/private-folder.ts'
import { say } from '../terminal/terminal.ts'
import { tokenPlace, usablePlaces } from '../tokens/index.ts'
import { type Kept, type Remembered, readRemembered, type SignIn, signInAt } from './remembered.ts'

/** What the bridge gave for a sign-in (RFC 6749 §5.1). */
export interface Tokens {
  readonly accessToken: string
  /** Epoch milliseconds. */
  readonly accessExpiresAt: number
  readonly refreshToken?: string
}

/** The folder of this program's state, private. Throws when there is no home or when others may read it. */
export function privateState(env: NodeJS.ProcessEnv = process.env): string {
  const folder = stateFolder(env)
  if (folder === undefined)
    throw cliError(exit.badUsage, 'There is no home folder: set HOME or XDG_STATE_HOME.')
  ensurePrivateFolder(folder)
  return folder
}

export function remembered(folder: string): Remembered {
  return readRemembered(folder)
}

/** Notes a new sign-in and keeps its tokens in the best place that takes them. */
export function rememberSignIn(
  folder: string,
  url: string,
  tokens: Tokens,
  about: { readonly user: string; readonly expiresAt?: number },
): SignIn {
  const before = signInAt(readRemembered(folder), url)
  if (before) forgetCredentials(folder, url)
  const secret = JSON.stringify(tokens)
  for (const place of usablePlaces(process.env)) {
    try {
      place.put(url, folder, secret)
    } catch (error) {
      if (place.name === 'file') throw error
      say(`${place.label} could not be used (${(error as Error).message}); the tokens go to a file instead.`)
      continue
    }
    if (before && before.tokens !== place.name) tokenPlace(before.tokens).remove(url, folder)
    const signIn: SignIn = { id: randomUUID(), ...about, tokens: place.name }
    const all = readRemembered(folder)
    note(folder, { current: url, signIns: { ...all.signIns, [url]: signIn } })
    return signIn
  }
  throw cliError(exit.unknown, 'There is no place to keep the sign-in.')
}

export function readTokens(folder: string, url: string, signIn: SignIn): Tokens | undefined {
  try {
    const text = tokenPlace(signIn.tokens).get(url, folder)
    return text === undefined ? undefined : (JSON.parse(text) as Tokens)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw fileFault(error)
  }
}

/** Puts renewed tokens in the place of the old ones. */
export function renewTokens(folder: string, url: string, signIn: SignIn, tokens: Tokens): void {
  tokenPlace(signIn.tokens).put(url, folder, JSON.stringify(tokens))
}

/** Notes that the bridge wants a new sign-in before it hands out more, unless there is a new one already. */
export function noteTooOld(folder: string, url: string, signIn: SignIn): void {
  const all = readRemembered(folder)
  if (signInAt(all, url)?.id !== signIn.id) return
  note(folder, { ...all, signIns: { ...all.signIns, [url]: { ...signIn, tooOld: true } } })
}

/** Forgets a sign-in, its tokens and every credential that was got with it. The bridge stays the one that is meant. */
export function forgetSignIn(folder: string, url: string): void {
  const all = readRemembered(folder)
  const signIn = signInAt(all, url)
  if (signIn) tokenPlace(signIn.tokens).remove(url, folder)
  forgetCredentials(folder, url)
  const { [url]: _gone, ...signIns } = all.signIns
  note(folder, { ...all, signIns })
}

function note(folder: string, all: Remembered): void {
  writePrivate(`${folder}/sign-ins.json`, `${JSON.stringify(all, undefined, 2)}\n`)
}

/** Forgets the credentials that a bridge handed out, or those of one role. */
export function forgetCredentials(folder: string, url: string, role?: string): void {
  for (const name of filesIn(`${folder}/credentials`)) {
    const path = `${folder}/credentials/${name}`
    if (/\.(json|failed)$/.test(name) && belongsTo(path, url, role)) rmSync(path, { force: true })
  }
}

/** A file that cannot be read is of no use to anybody. */
function belongsTo(path: string, url: string, role: string | undefined): boolean {
  try {
    const kept = JSON.parse(readPrivate(path) ?? '{}') as Partial<Kept>
    if (kept.key === undefined) return true
    return kept.key.url === url && (role === undefined || kept.key.role === role)
  } catch {
    return true
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
