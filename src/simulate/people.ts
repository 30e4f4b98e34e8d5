import { z } from 'zod'
import type { Identity } from '../core/index.ts'

const values = z.union([z.string(), z.array(z.string()).max(20_000)]).transform((value) => [value].flat())

/** One attribute as `whoami --attributes --json` prints it: under its name and those that the configuration gives it. */
const printed = z.object({
  name: z.string(),
  also: z.array(z.string()).default([]),
  values: z.array(z.string()),
  /** Values that were not printed. */
  more: z.literal(0, 'was cut off when it was printed; write all its values').optional(),
})

const attributes = z
  .union([z.record(z.string().min(1), values), z.array(printed)])
  .transform((written) =>
    Array.isArray(written)
      ? Object.fromEntries(
          written.flatMap(({ name, also, values }) => [name, ...also].map((one) => [one, values])),
        )
      : written,
  )

/** A person as an administrator writes one, or as `whoami` prints one. */
const person = z
  .object({
    user: z.string().min(1).max(1024),
    provider: z.string().min(1).optional(),
    idp: z.string().min(1).optional(),
    protocol: z.enum(['saml', 'openid', 'workload']).default('saml'),
    attributes: attributes.optional(),
    identity: z.object({ attributes: attributes.optional() }).optional(),
    mfa: z.boolean().default(false),
    authnContext: z.string().optional(),
    authenticatedAt: z.iso.datetime({ offset: true }).optional(),
    sourceIp: z.string().optional(),
  })
  .loose()
  .superRefine((written, { addIssue }) => {
    // Beside `attributes` it would be left out without a word, and the person would reach nothing.
    const [lost] =
      Object.entries(written).find(([key, value]) => key === 'groups' || Array.isArray(value)) ?? []
    if (lost === undefined || written.attributes !== undefined || written.identity !== undefined) return
    addIssue(`${lost} is no key of a person; write "attributes": { "${lost}": … }`)
  })

/** Somebody to try a configuration with. */
export interface Someone {
  readonly identity: Identity
  /** Where they come from, if the file says so. */
  readonly sourceIp?: string | undefined
}

const mostPeople = 100_000

/**
 * Reads people from JSON: one, a list of them, or one a line. Throws an error that says what is wrong, and with which of
 * them. Who names no provider comes from the first of `providers`.
 */
export function readPeople(text: string, providers: readonly string[], now: number): readonly Someone[] {
  const written = documentsOf(text)
  if (written.length > mostPeople) throw new Error(`there are more than ${mostPeople} people`)
  return written.map((one, index) => {
    const result = person.safeParse(one)
    if (!result.success) {
      const { path, message } = deepest(result.error.issues[0])
      throw new Error(`${[`person ${index + 1}`, ...path.map(String)].join('.')}: ${message}`)
    }
    return someone(result.data, providers[0] ?? 'idp', now)
  })
}

/** What is wrong, with the place that the form which came nearest got to. */
function deepest(issue: z.core.$ZodIssue | undefined): Pick<z.core.$ZodIssue, 'path' | 'message'> {
  if (issue === undefined) return { path: [], message: 'is no person' }
  if (issue.code !== 'invalid_union') return issue
  const [nearest] = issue.errors
    .flatMap((form) => form.slice(0, 1).map(deepest))
    .sort((a, b) => b.path.length - a.path.length)
  return nearest === undefined ? issue : { path: [...issue.path, ...nearest.path], message: nearest.message }
}

function documentsOf(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)].flat()
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line, index) => {
        try {
          return JSON.parse(line)
        } catch {
          throw new Error(`line ${index + 1} is no JSON; write one person, a list of them, or one a line`)
        }
      })
  }
}

function someone(given: z.output<typeof person>, standard: string, now: number): Someone {
  const { user, provider, idp, protocol, mfa, authnContext, authenticatedAt, sourceIp } = given
  const name = provider ?? idp ?? standard
  return {
    identity: {
      provider: name,
      protocol,
      issuer: name,
      user,
      nameId: user,
      attributes: given.attributes ?? given.identity?.attributes ?? {},
      authnInstant: authenticatedAt === undefined ? now : Date.parse(authenticatedAt),
      ...(authnContext !== undefined && { authnContext }),
      mfa,
    },
    sourceIp,
  }
}
