import { z } from 'zod'
import { parseRoleArn } from '../../core/index.ts'
import { issuerHost } from '../plan/doors.ts'
import { documentsIn } from './documents.ts'

/** What IAM holds, as far as files tell. */
export interface Held {
  readonly roles: ReadonlyMap<string, HeldRole>
  /** Accounts whose roles are all here. */
  readonly accounts: ReadonlySet<string>
  /** Accounts whose SAML providers are all here, and when their metadata ends. */
  readonly samlProviders: ReadonlyMap<string, ReadonlyMap<string, number | undefined>>
  readonly metadata: readonly HeldMetadata[]
  /** Accounts whose OpenID Connect providers are all here, by ARN. */
  readonly issuers: ReadonlyMap<string, ReadonlySet<string>>
  readonly issuerDetails: readonly HeldIssuer[]
}

/** An OpenID Connect provider as IAM holds it; AWS does not print its ARN. */
export interface HeldIssuer {
  readonly account: string
  /** Without a scheme. */
  readonly host: string
  readonly clientIds: readonly string[]
}

export interface HeldRole {
  readonly arn: string
  /** As it was printed, decoded; undefined when it cannot be read. */
  readonly trust?: unknown
  /** Seconds; get-account-authorization-details does not say it. */
  readonly maxDuration?: number | undefined
}

/** The metadata document of a SAML provider; AWS does not print whose it is. */
export interface HeldMetadata {
  readonly file: string
  readonly account: string
  readonly xml: string
}

const role = z
  .object({
    Arn: z.string().refine((arn) => parseRoleArn(arn) !== undefined, 'is no role ARN'),
    AssumeRolePolicyDocument: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    MaxSessionDuration: z.number().int().optional(),
  })
  .loose()
const roles = z.array(role)
const providers = z.array(
  z.object({ Arn: z.string(), ValidUntil: z.union([z.string(), z.number()]).optional() }).loose(),
)

/** What `aws iam` prints that is understood here, by its key. */
const kinds = [
  ...['RoleDetailList', 'Roles', 'Role', 'SAMLProviderList', 'SAMLMetadataDocument'],
  ...['OpenIDConnectProviderList', 'ClientIDList'],
]
const commands =
  'get-account-authorization-details, list-roles, get-role, list-saml-providers, get-saml-provider, list-open-id-connect-providers or get-open-id-connect-provider'
const otherLists = ['UserDetailList', 'GroupDetailList', 'Policies']

export interface IamFile {
  readonly name: string
  readonly text: string
}

const maxRoles = 500_000

/** Reads what `aws iam` printed. Throws an error that names the file and what is wrong with it. */
export function readHeld(files: readonly IamFile[]): Held {
  const found = new Map<string, HeldRole>()
  const accounts = new Set<string>()
  const samlProviders = new Map<string, Map<string, number | undefined>>()
  const metadata: { file: string; xml: string }[] = []
  const issuers = new Map<string, Set<string>>()
  const details: { file: string; host: string; clientIds: readonly string[] }[] = []
  for (const { name, text } of files) {
    const documents = within(name, () => documentsIn(text).map(asDocument))
    if (documents.length === 0) throw new Error(`${name}: is empty`)
    requireLastPage(name, documents)
    for (const document of documents) {
      const listed = [...(document.RoleDetailList ?? []), ...(document.Roles ?? [])]
      for (const one of [...listed, ...(document.Role ? [document.Role] : [])]) {
        const before = found.get(one.Arn)
        found.set(one.Arn, { ...before, ...heldRole(one) })
        if (found.size > maxRoles) throw new Error(`${name}: there are more than ${maxRoles} roles`)
      }
      for (const { Arn } of listed) accounts.add(Arn.split(':')[4] ?? '')
      for (const { Arn, ValidUntil } of document.SAMLProviderList ?? []) {
        const account = Arn.split(':')[4] ?? ''
        const own = samlProviders.get(account) ?? new Map()
        samlProviders.set(account, own.set(Arn, ValidUntil === undefined ? undefined : instant(ValidUntil)))
      }
      for (const { Arn } of document.OpenIDConnectProviderList ?? []) {
        const account = Arn.split(':')[4] ?? ''
        issuers.set(account, (issuers.get(account) ?? new Set()).add(Arn))
      }
      if (document.Url !== undefined)
        details.push({ file: name, host: issuerHost(document.Url), clientIds: document.ClientIDList ?? [] })
      if (document.SAMLMetadataDocument !== undefined)
        metadata.push({ file: name, xml: document.SAMLMetadataDocument })
    }
  }
  const known = new Set([...accounts, ...samlProviders.keys(), ...issuers.keys()])
  const issuerDetails = details.map((one) => ({ ...one, account: accountOf(one.file, known) }))
  const placed = metadata.map((one) => ({ ...one, account: accountOf(one.file, known) }))
  return { roles: found, accounts, samlProviders, metadata: placed, issuers, issuerDetails }
}

const document = z
  .object({
    RoleDetailList: roles.optional(),
    Roles: roles.optional(),
    Role: role.optional(),
    SAMLProviderList: providers.optional(),
    SAMLMetadataDocument: z.string().max(10_000_000).optional(),
    OpenIDConnectProviderList: providers.optional(),
    Url: z.string().max(2048).optional(),
    ClientIDList: z.array(z.string()).optional(),
    IsTruncated: z.boolean().optional(),
  })
  .loose()
type Document = z.output<typeof document>

function asDocument(value: unknown): Document {
  const known = [...kinds, ...otherLists]
  const isOne = typeof value === 'object' && value !== null && known.some((key) => Object.hasOwn(value, key))
  if (!isOne) throw new Error(`is nothing that aws iam ${commands} prints`)
  const result = document.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Error(`${issue?.path.join('.')} ${issue?.message}`)
}

/** Half a list would make what is on the other half look missing. */
function requireLastPage(name: string, documents: readonly Document[]): void {
  if (documents.at(-1)?.IsTruncated !== true) return
  throw new Error(`${name}: is not all of it (IsTruncated); ask without --max-items, or add the other pages`)
}

function within<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`)
  }
}

function heldRole({
  Arn,
  AssumeRolePolicyDocument: trust,
  MaxSessionDuration,
}: z.output<typeof role>): HeldRole {
  return {
    arn: Arn,
    ...(trust !== undefined && { trust: typeof trust === 'string' ? decoded(trust) : trust }),
    ...(MaxSessionDuration !== undefined && { maxDuration: MaxSessionDuration }),
  }
}

/** IAM itself answers with documents in the encoding of URLs (RFC 3986); the command line undoes it, others do not. */
function decoded(text: string): unknown {
  for (const read of [(raw: string) => raw, decodeURIComponent]) {
    try {
      return JSON.parse(read(text)) as unknown
    } catch {}
  }
  return undefined
}

const instant = (written: string | number) =>
  typeof written === 'number' ? written * 1000 : Date.parse(written)

/** The account of a provider's metadata: in the file's name, or the only one there is. */
function accountOf(file: string, known: ReadonlySet<string>): string {
  const [, inName] = /(?:^|\D)(\d{12})(?:\D|$)/.exec(file.split(/[\\/]/).at(-1) ?? '') ?? []
  const account = inName ?? (known.size === 1 ? [...known][0] : undefined)
  if (account !== undefined) return account
  throw new Error(
    `${file}: aws iam get-saml-provider and get-open-id-connect-provider do not print of which account it is; put the account’s id into the file’s name`,
  )
}
