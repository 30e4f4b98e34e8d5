import type { ExportLine, Review, ReviewQuestion } from '../../bridge.ts'
import { csvCell } from '../csv.ts'
import { sayHistory, sayHow, saySignOff } from './say.ts'
import { reviewView } from './view.ts'

/** Everything that is written before the lines. */
interface Head {
  readonly review: Review
  readonly question: ReviewQuestion
}

/** A way to write a review down, line by line. */
interface ReviewFormat {
  readonly contentType: string
  readonly extension: string
  head(head: Head): string
  /** One person and one role; `index` counts from 0. */
  line(line: ExportLine, index: number, now: number): string
  readonly foot: string
}

const iso = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString())

const columns = [
  'person',
  'identity_provider',
  'role_arn',
  'account_id',
  'account_name',
  'role',
  'rule',
  'how',
  'why',
  'last_used',
  'times_used',
  'unused',
  'signed_off',
  'signed_off_by',
  'signed_off_at',
  'changed_since',
  'note',
] as const

/** A table for spreadsheets (RFC 4180). */
const csv: ReviewFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  head: () => `${columns.join(',')}\r\n`,
  line: ({ user, provider, grant, signOff, changed }) => {
    const { roleArn, account, roleName, rule, how, why, lastUsed, times, unused } = grant
    const cells = [
      ...[user, provider, roleArn, account.id, account.name, roleName, rule, how, why.join(' ')],
      ...[
        iso(lastUsed),
        unused === undefined ? '' : times,
        unused === undefined ? '' : unused ? 'yes' : 'no',
      ],
      ...[
        signOff?.decision,
        signOff?.by.user,
        iso(signOff?.at),
        signOff && (changed ? 'yes' : 'no'),
        signOff?.note,
      ],
    ]
    return `${cells.map(csvCell).join(',')}\r\n`
  },
  foot: '',
}

/** What means something in Markdown, or in the HTML that many readers let through, is written as text. */
const md = (text: string) =>
  text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(https?|www)(?=[:.])/gi, '$1\u200b')

/** A document for whoever files the review. */
const markdown: ReviewFormat = {
  contentType: 'text/markdown; charset=utf-8',
  extension: 'md',
  head: ({ review, question }) => {
    const { days, ...filters } = question
    const asked = Object.entries(filters).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name} ${md(String(value))}`],
    )
    const { people, grants, unused } = review.totals
    const history = sayHistory(review, days)
    const lines = [
      `# Review of access, ${iso(review.at).slice(0, 10)}`,
      `Of the last ${days} days${asked.length > 0 ? `; ${asked.join(', ')}` : ''}: ${people} people, ${grants} grants${review.history ? `, ${unused} of them unused` : ''}.`,
      ...(history === undefined ? [] : [history]),
      '## Findings',
      ...(review.findings.length === 0
        ? ['None.']
        : [review.findings.map(({ code, say }) => `- \`${code}\` ${md(say)}`).join('\n')]),
      '## Grants',
      '| Person | Role | Account | Rule | How | Last used | Signed off |\n|---|---|---|---|---|---|---|',
    ]
    return `${lines.join('\n\n')}\n`
  },
  line: ({ user, grant, signOff, changed }, _index, now) => {
    const used =
      grant.lastUsed === undefined
        ? grant.unused === undefined
          ? 'unknown'
          : 'never'
        : iso(grant.lastUsed).slice(0, 10)
    const said = signOff
      ? `${saySignOff(signOff, now)}${changed ? ', changed since' : ''}${signOff.note ? `: ${signOff.note}` : ''}`
      : ''
    const cells = [user, grant.roleName, grant.account.name, grant.rule, sayHow(grant), used, said]
    return `| ${cells.map(md).join(' | ')} |\n`
  },
  foot: '',
}

/** One JSON document. */
const json: ReviewFormat = {
  contentType: 'application/json; charset=utf-8',
  extension: 'json',
  head: ({ review }) => {
    const { people: _, next: __, ...rest } = reviewView(review)
    return `${JSON.stringify(rest).slice(0, -1)},"grants":[`
  },
  line: ({ user, provider, grant, signOff, changed }, index) => {
    const { roleArn, account, rule, how, why, lastUsed, times, unused } = grant
    const said = signOff && {
      ...{
        decision: signOff.decision,
        by: signOff.by.user,
        at: iso(signOff.at),
        note: signOff.note,
        changed,
      },
    }
    const line = {
      ...{ user, provider, roleArn, accountId: account.id, accountName: account.name, rule, how, why },
      ...(unused !== undefined && { times, unused }),
      ...(lastUsed !== undefined && { lastUsed: iso(lastUsed) }),
      ...(said && { signOff: said }),
    }
    return `${index === 0 ? '' : ','}\n${JSON.stringify(line)}`
  },
  foot: '\n]}\n',
}

/** How a review can be taken away. */
export const reviewFormats = { csv, markdown, json } as const satisfies Record<string, ReviewFormat>
export type ReviewFormatName = keyof typeof reviewFormats

export const isReviewFormat = (name: string): name is ReviewFormatName => Object.hasOwn(reviewFormats, name)
