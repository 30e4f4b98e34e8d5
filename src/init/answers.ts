import { suggestion } from '../core/index.ts'
import { type InitKind, initKinds } from './kinds.ts'

export { initKinds } from './kinds.ts'

/** Everything that a first configuration needs to know. */
export interface Answers {
  readonly kind: InitKind
  /** The origin that people open. */
  readonly baseUrl: string
  readonly federation: 'reissue' | 'passthrough'
  readonly region: string
  readonly accounts: readonly { readonly id: string; readonly name: string }[]
  /** URL or file of the identity provider's metadata; undefined: it will come later. */
  readonly metadata?: string | undefined
  /** Another STS, such as the demo's, in place of AWS's. */
  readonly stsEndpoint?: string | undefined
}

/** As written in flags or typed at questions. */
export type Written = { readonly [K in keyof Answers]?: string | undefined }

type Reader<K extends keyof Answers> = (text: string) => { value: Answers[K] } | { fault: string }

/** How each answer is read; the configuration's own check judges what it means. */
const readers: { readonly [K in keyof Answers]-?: Reader<K> } = {
  kind: (text) => {
    const kind = Object.keys(initKinds).find((name) => name === text.toLowerCase())
    if (kind !== undefined) return { value: kind as InitKind }
    const meant = suggestion(text, Object.keys(initKinds))
    const hint = meant ? `; did you mean ${meant}?` : ''
    return { fault: `is none of ${Object.keys(initKinds).join(', ')}${hint}` }
  },
  baseUrl: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (!url || !/^https?:$/.test(url.protocol))
      return { fault: 'is no URL such as https://aws.corp.example' }
    if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])$/.test(url.hostname)) return { fault: 'has no plain host name' }
    if (
      url.username !== '' ||
      url.password !== '' ||
      url.search !== '' ||
      url.hash !== '' ||
      url.pathname !== '/'
    )
      return { fault: `must be an origin alone, without path or query; write ${url.origin}` }
    return { value: url.origin }
  },
  federation: (text) =>
    text === 'reissue' || text === 'passthrough'
      ? { value: text }
      : { fault: 'is neither reissue nor passthrough' },
  region: (text) =>
    /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/.test(text)
      ? { value: text }
      : { fault: 'is no region such as eu-west-1' },
  accounts: readAccounts,
  metadata: (text) => {
    if (text.trim() === '') return { fault: 'names no URL and no file' }
    return reference.test(text) ? { fault: referring } : { value: text.trim() }
  },
  stsEndpoint: (text) => {
    if (!URL.canParse(text)) return { fault: 'is no URL such as http://localhost:8082' }
    return reference.test(text) ? { fault: referring } : { value: text.replace(/\/$/, '') }
  },
}

/** The configuration would read it as a variable, or as a file whose content goes into the address. */
const reference = /\$\{/
const referring = 'must not hold ${: that is how a configuration names variables and files'

const longestList = 1000

/** `111122223333=prod,444455556666=dev`; without names, the digits are the name. */
function readAccounts(text: string): ReturnType<Reader<'accounts'>> {
  const written = text
    .split(/[,\s]+(?=\d{4}-?\d{4}-?\d{4}(?:=|$|[,\s]))/)
    .map((one) => one.trim().replace(/,$/, ''))
  const accounts = new Map<string, string>()
  for (const one of written) {
    const [, digits = '', name] = /^(\d{4}-?\d{4}-?\d{4})(?:=(.*))?$/s.exec(one) ?? []
    const id = digits.replaceAll('-', '')
    if (id === '') return { fault: `"${one}" is no account; write 111122223333=prod,444455556666=dev` }
    if (accounts.has(id)) return { fault: `names ${id} twice` }
    if (name !== undefined && !/^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,63}$/u.test(name))
      return { fault: `"${name}" is no name for an account: letters, digits, blanks and . _ / -` }
    accounts.set(id, name ?? id)
  }
  if (accounts.size > longestList)
    return { fault: `names more than ${longestList} accounts; import them afterwards` }
  return { value: [...accounts].map(([id, name]) => ({ id, name })) }
}

/** Reads one answer, or says what is wrong with it. */
export function readAnswer<K extends keyof Answers>(
  name: K,
  text: string,
): { readonly value: Answers[K] } | { readonly fault: string } {
  return readers[name](text) as { value: Answers[K] } | { fault: string }
}

/** Reads all of them; every fault is told, and which answers are missing. */
export function readAnswers(written: Written): {
  readonly answers: Partial<Answers>
  readonly faults: readonly { readonly name: keyof Answers; readonly message: string }[]
} {
  const answers: Partial<Record<keyof Answers, unknown>> = {}
  const faults: { name: keyof Answers; message: string }[] = []
  for (const name of Object.keys(readers) as (keyof Answers)[]) {
    const text = written[name]
    if (text === undefined) continue
    const read = readAnswer(name, text)
    if ('fault' in read) faults.push({ name, message: read.fault })
    else answers[name] = read.value
  }
  return { answers: answers as Partial<Answers>, faults }
}
