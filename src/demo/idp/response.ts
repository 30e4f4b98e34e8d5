import { randomBytes } from 'node:crypto'
import { contextOf } from '../contexts.ts'
import { escapeMarkup } from '../html.ts'
import type { DemoPerson } from '../people.ts'
import { awsAttributes } from './aws-attributes.ts'
import type { DemoIdpOptions } from './options.ts'
import {
  emailFormat,
  entityIdOf,
  type KnownServiceProvider,
  resolveServiceProvider,
  samlifyPair,
} from './peers.ts'

/** Someone's sign-in at the identity provider, as the response tells it. */
export interface SignIn {
  readonly person: DemoPerson
  /** Epoch milliseconds. */
  readonly authnInstant: number
  readonly sessionIndex: string
  /** With a second factor. */
  readonly mfa: boolean
}

export interface SignedResponse {
  readonly acsUrl: string
  /** Base64, for the POST binding. */
  readonly samlResponse: string
}

const minutes = 60_000

/** Writes, signs and perhaps encrypts the response to `inResponseTo`, or an unsolicited one without it. */
export async function createResponse(
  options: DemoIdpOptions,
  signIn: SignIn,
  inResponseTo?: string,
): Promise<SignedResponse> {
  const known = await resolveServiceProvider(options.sp)
  const response = options.response ?? {}
  const id = `_${randomBytes(20).toString('hex')}`
  const xml = responseXml(options, known, signIn, id, inResponseTo)
  if (response.signAssertion === false && response.signResponse === false) {
    return { acsUrl: known.acsUrl, samlResponse: Buffer.from(xml).toString('base64') }
  }
  const { idp, sp } = samlifyPair(options, known)
  const signed = await idp.createLoginResponse(
    sp,
    { extract: {} },
    'post',
    {},
    {
      customTagReplacement: () => ({ id, context: xml }),
      encryptThenSign: response.encrypt === true,
    },
  )
  return { acsUrl: known.acsUrl, samlResponse: signed.context }
}

/** The message before it is signed; every value is escaped here, so that samlify has nothing to fill in. */
function responseXml(
  options: DemoIdpOptions,
  known: KnownServiceProvider,
  signIn: SignIn,
  id: string,
  inResponseTo: string | undefined,
): string {
  const now = options.clock()
  const issuer = `<saml:Issuer>${escapeMarkup(entityIdOf(options.baseUrl))}</saml:Issuer>`
  const answered = inResponseTo === undefined ? '' : ` InResponseTo="${escapeMarkup(inResponseTo)}"`
  const acs = escapeMarkup(known.acsUrl)
  const common = `Version="2.0" IssueInstant="${instant(now)}"`
  const passthrough = options.response?.passthrough
  const audience = options.response?.audience ?? (passthrough ? ['urn:amazon:webservices'] : [known.entityId])
  return [
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"',
    ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    ` ID="${id}" ${common} Destination="${acs}"${answered}>${issuer}`,
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
    '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    ` ID="_${randomBytes(20).toString('hex')}" ${common}>${issuer}`,
    `<saml:Subject>${nameIdOf(options, signIn.person)}`,
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">',
    `<saml:SubjectConfirmationData Recipient="${acs}" NotOnOrAfter="${instant(now + 5 * minutes)}"${answered}/>`,
    '</saml:SubjectConfirmation></saml:Subject>',
    `<saml:Conditions NotBefore="${instant(now)}" NotOnOrAfter="${instant(now + 5 * minutes)}">`,
    `<saml:AudienceRestriction>${each('Audience', audience)}</saml:AudienceRestriction></saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${instant(signIn.authnInstant)}"`,
    ` SessionIndex="${escapeMarkup(signIn.sessionIndex)}"><saml:AuthnContext>`,
    `<saml:AuthnContextClassRef>${contextOf(signIn.mfa)}</saml:AuthnContextClassRef>`,
    '</saml:AuthnContext></saml:AuthnStatement>',
    attributeStatement(attributesOf(options, signIn.person)),
    '</saml:Assertion></samlp:Response>',
  ].join('')
}

function nameIdOf({ response }: DemoIdpOptions, { email }: DemoPerson): string {
  const [format, name] = response?.transientNames
    ? ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient', `_${randomBytes(16).toString('hex')}`]
    : [emailFormat, email]
  return `<saml:NameID Format="${format}">${escapeMarkup(name)}</saml:NameID>`
}

function attributesOf(options: DemoIdpOptions, person: DemoPerson): Record<string, readonly string[]> {
  const passthrough = options.response?.passthrough
  return {
    username: [person.username],
    email: [person.email],
    displayName: [person.displayName],
    department: [person.department],
    groups: person.groups,
    ...person.attributes,
    ...(passthrough ? awsAttributes(person, passthrough) : {}),
    ...options.response?.attributes,
  }
}

function attributeStatement(attributes: Readonly<Record<string, readonly string[]>>): string {
  const named = Object.entries(attributes).filter(([, values]) => values.length > 0)
  const format = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic'
  const all = named.map(
    ([name, values]) =>
      `<saml:Attribute Name="${escapeMarkup(name)}" NameFormat="${format}">` +
      `${each('AttributeValue', values)}</saml:Attribute>`,
  )
  return `<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement>`
}

function each(element: string, values: readonly string[]): string {
  return values.map((value) => `<saml:${element}>${escapeMarkup(value)}</saml:${element}>`).join('')
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
