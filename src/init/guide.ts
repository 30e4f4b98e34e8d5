import type { Answers } from './answers.ts'

/** The values that every guide uses in its examples. */
const example = { baseUrl: 'https://aws.corp.example', host: 'aws.corp.example', account: '111122223333' }

/** What stands in the place of the examples. */
export interface GuideValues {
  readonly federation: Answers['federation']
  readonly baseUrl: string
  readonly account: string
  readonly partition: string
  readonly audience: string
  /** Where AWS itself receives assertions. */
  readonly recipient: string
}

/**
 * A guide with one installation's own values. A line that ends in `<!-- reissue -->` or `<!-- passthrough -->` belongs to
 * that federation alone; such a mark on a line of its own says so of all lines up to the next, `<!-- both -->` ends it.
 */
export function fillGuide(guide: string, values: GuideValues): string {
  let part = 'both'
  const kept = guide.split('\n').flatMap((line) => {
    const [, before = line, mark] = /^(.*?)\s*<!-- (reissue|passthrough|both) -->$/.exec(line) ?? []
    if (mark !== undefined && before === '') {
      part = mark
      return []
    }
    return [part, mark ?? 'both'].every((one) => one === 'both' || one === values.federation)
      ? [before.replace(` (${mark})`, '')]
      : []
  })
  return replaced(kept.join('\n'), values)
}

function replaced(text: string, { baseUrl, account, partition, audience, recipient }: GuideValues): string {
  const pairs: readonly (readonly [from: string, to: string])[] = [
    [example.baseUrl, baseUrl],
    [example.host, new URL(baseUrl).host],
    [example.account, account],
    ['arn:aws:', `arn:${partition}:`],
    ['urn:amazon:webservices', audience],
    ['https://signin.aws.amazon.com/saml', recipient],
  ]
  const wanted = new Map(pairs)
  const any = new RegExp(pairs.map(([from]) => from.replaceAll('.', '\\.')).join('|'), 'g')
  return text.replaceAll(any, (found) => wanted.get(found) ?? found)
}
