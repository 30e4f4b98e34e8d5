import type { GrantAsk } from '../grant.ts'

/**
 * What AWS counted, out of the message of a PackedPolicyTooLarge: bytes since a token has one limit for everything,
 * a percentage of what policies and tags were allotted before.
 */
export function readPackedSize(message: string): string | undefined {
  const [bytes, of] = [...message.matchAll(/(\d[\d,]*)[ -]?bytes?\b/gi)].map(([, number = '']) =>
    Number(number.replaceAll(',', '')),
  )
  if (bytes !== undefined && of !== undefined)
    return `${Math.max(bytes, of)} bytes where ${Math.min(bytes, of)} are allowed`
  if (bytes !== undefined) return `${bytes} bytes`
  const [, percent] = /(\d+)\s?(?:%|percent)/i.exec(message) ?? []
  return percent === undefined ? undefined : `${percent} % of the room for policies and tags`
}

/** Whose part of a session is how large, the largest first, with what AWS counted. */
export function sayParts({ entitlement, policy: wish = '' }: GrantAsk, message: string): string {
  const { tags, policyArns, policy = '' } = entitlement
  const pairs = Object.entries(tags)
  const lengthOf = (texts: readonly string[]) => texts.join('').length
  const parts: readonly (readonly [what: string, characters: number])[] = [
    [`${pairs.length} tags`, lengthOf(pairs.flat())],
    [`${policyArns.length} policyArns`, lengthOf(policyArns)],
    ['the rule’s policy', policy.length],
    ['the person’s policy', wish.length],
  ]
  const present = parts.filter(([, characters]) => characters > 0).toSorted((a, b) => b[1] - a[1])
  const listed = present.map(([what, characters]) => `${what} (${characters} characters)`).join(', ')
  const counted = readPackedSize(message)
  return [
    ...(counted === undefined ? [] : [`AWS speaks of ${counted}.`]),
    ...(listed === '' ? [] : [`Largest first: ${listed}.`]),
    'Fewer or shorter tags and policies pack smaller.',
  ].join(' ')
}
