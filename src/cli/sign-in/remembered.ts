import { readPrivate } from '../files/private-files.ts'

/**
 * What this program knows without asking anybody: which bridges it is signed in to. Holds no token, so that the
 * fast path of `credential-process` reads this file and the cached credentials and nothing else.
 */
export interface Remembered {
  /** The bridge that is meant when none is named: the one of the last sign-in. */
  readonly current?: string
  readonly signIns: Readonly<Record<string, SignIn>>
}

/** One sign-in at one bridge. */
export interface SignIn {
  /** Random name of this sign-in, made here; cached credentials belong to it. */
  readonly id: string
  readonly user: string
  /** When the sign-in ends, epoch milliseconds, as far as the bridge said. */
  readonly expiresAt?: number
  /** The bridge said that it hands out nothing new to this sign-in: the next `login` is a new one. */
  readonly tooOld?: true
  /** Where its tokens lie: a key of the registry in `tokens/`. */
  readonly tokens: string
}

/** Credentials of one role as `credential-process` keeps them. Never holds a token of the bridge. */
export interface Kept {
  readonly key: CacheKey
  /** Epoch milliseconds. */
  readonly issuedAt: number
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    readonly expiresAt: number
    readonly principalArn: string
    readonly accountId: string
    readonly region: string
  }
  /** What `credential-process` prints. */
  readonly output: string
}

/** What cached credentials are good for; the file's name is only a hint at it. */
export interface CacheKey {
  readonly url: string
  readonly session: string
  readonly role: string
  /** As asked for, in seconds; 0 for what the bridge gives by itself. */
  readonly duration: number
  /** How they were narrowed and for which agent, as `termsOf` writes it; empty: not at all, and for the person. */
  readonly terms: string
}

/** Reads the file in `folder`; nothing remembered when it is not there or damaged. */
export function readRemembered(folder: string): Remembered {
  const text = readPrivate(`${folder}/sign-ins.json`)
  if (text === undefined) return { signIns: {} }
  try {
    const read = JSON.parse(text)
    return typeof read?.signIns === 'object' && read.signIns !== null ? read : { signIns: {} }
  } catch {
    return { signIns: {} }
  }
}

/** The sign-in at a bridge, however its address is spelled. */
export function signInAt(remembered: Remembered, url: string): SignIn | undefined {
  return Object.hasOwn(remembered.signIns, url) ? remembered.signIns[url] : undefined
}
