import { createHash } from 'node:crypto'
import { piecesOf, type Scope, type Template } from '../compile/template.ts'
import { isSessionName, isSourceIdentity, isTagValue, maxTagValue } from '../rules/aws-limits.ts'

/** A place at AWS that takes text of an alphabet of its own. */
export interface Place {
  readonly takes: (text: string) => boolean
  /** What it does not take. */
  readonly foreign: RegExp
  readonly longest: number
}

const name = { foreign: /[^\w+=,.@-]+/g, longest: 64 }
export const places = {
  sessionName: { takes: isSessionName, ...name },
  sourceIdentity: { takes: isSourceIdentity, ...name },
  tag: { takes: isTagValue, foreign: /[^\p{L}\p{Z}\p{N}_.:/=+\-@]+/gu, longest: maxTagValue },
} as const satisfies Record<string, Place>

/** The name of a session, where AWS takes a shorter one than everywhere else. */
export function sessionNameOf(longest: number = name.longest): Place {
  const takes = (text: string) => isSessionName(text) && text.length <= longest
  return { takes, foreign: name.foreign, longest }
}

// 80 bits: who can choose their own name and has a graphics card tries 2^48 of them in hours.
const mark = /-[0-9a-f]{20}$/
const markLength = 21

/**
 * Text that a place takes, for any text. What it takes as it is stays as it is. Otherwise characters are replaced
 * by `-`, and a hash of the original keeps two people apart whose names would become the same. A name that
 * already looks like such a result gets a hash too, so that nobody can choose to be called like somebody else's
 * result.
 */
function fit(text: string, { foreign, longest }: Place, most = longest): string {
  if (text.length <= most && text.search(foreign) < 0 && !mark.test(text)) return text
  return marked(text, foreign, most)
}

function marked(text: string, foreign: RegExp, most: number): string {
  const hash = createHash('sha256')
    .update(text, 'utf8')
    .digest('hex')
    .slice(0, markLength - 1)
  const readable = text.slice(0, most).replace(foreign, '-')
  // A letter beyond the first plane is two code units, and half of one is no letter.
  return `${readable.slice(0, most - markLength).replace(/[\ud800-\udbff]$/, '')}-${hash}`
}

/**
 * Puts the values into a template so that its place takes the result: those behind `|safe`, and with `always`
 * every one, are made to fit. `unfit`: the rest does not, and half a result is none.
 */
export function renderFitting(
  template: Template,
  scope: Scope,
  place: Place,
  always = false,
): { text: string } | { missing: string } | 'unfit' {
  const found = piecesOf(template, scope)
  if ('missing' in found) return found
  const pieces = found.pieces.map(({ text, variable }) =>
    variable && (always || variable.safe) ? { text, value: fit(text, place) } : { text },
  )
  const values = pieces.flatMap(({ value }) => value ?? [])
  const text = pieces.map((piece) => piece.value ?? piece.text).join('')
  if (place.takes(text)) return { text }
  if (values.length === 0 || values.every((value) => value === '')) return 'unfit'
  if (text.length < 2) return taken(marked(text, place.foreign, place.longest), place)
  const share = Math.floor((place.longest - text.length + values.join('').length) / values.length)
  // Too little room for a mark of each value: a name that must fit gets one mark of the whole.
  if (share <= markLength) return always ? taken(marked(text, place.foreign, place.longest), place) : 'unfit'
  return taken(pieces.map(({ text, value }) => (value ? fit(text, place, share) : text)).join(''), place)
}

function taken(text: string, place: Place): { text: string } | 'unfit' {
  return place.takes(text) ? { text } : 'unfit'
}
