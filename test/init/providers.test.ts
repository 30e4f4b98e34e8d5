import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { selfSigned } from '../../src/demo/index.ts'
import { bare, createShaped, type Shaped } from './shaped.ts'
import { account, walk } from './walk.ts'

// What the page tells the administrator to enter, entered literally into something that answers as that product does.

const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
const group = `aws-${account}-ViewOnly`
const awsNamespace = 'https://aws.amazon.com/SAML/Attributes'

/** Second cells of the page's tables, by the first. */
function entered(steps: string): ReadonlyMap<string, string> {
  const rows = steps.matchAll(/^ *\| `?([^|`]+?)`? \| `([^`|]+)`/gm)
  return new Map([...rows].map(([, field = '', value = '']) => [field, value]))
}

interface Row extends Pick<Shaped, 'kind' | 'entityId' | 'signs'> {
  readonly fields: { readonly audience: string; readonly acs: string }
  /** What the product sends to who has entered these values, and has given the roles as the page says. */
  readonly sends: (fields: ReadonlyMap<string, string>, pair: string) => Record<string, readonly string[]>
}

const rows: readonly Row[] = [
  {
    kind: 'okta',
    entityId: 'http://www.okta.com/exk1a2b3c4d5',
    signs: ['Assertion', 'Response'],
    fields: { audience: 'Audience URI (SP Entity ID)', acs: 'Single sign-on URL' },
    sends: (fields, pair) => {
      const expressions: Record<string, readonly string[]> = {
        'user.email': ['alice@corp.example'],
        'session.amr': ['pwd', 'mfa', 'otp'],
        'appuser.awsRoles': [pair],
      }
      const statements = [...fields].filter(([, value]) => Object.hasOwn(expressions, value))
      return {
        ...Object.fromEntries(statements.map(([name, value]) => [name, expressions[value] ?? []])),
        groups: [group],
      }
    },
  },
  {
    kind: 'entra',
    entityId: 'https://sts.windows.net/8b9f5f57-3f1b-4f8c-9e0a-7a2b6f3f9b11/',
    signs: ['Assertion', 'Response'],
    fields: {
      audience: 'Identifier (Entity ID)',
      acs: 'Reply URL (Assertion Consumer Service URL)',
    },
    sends: (fields, pair) => ({
      'http://schemas.microsoft.com/identity/claims/tenantid': ['8b9f5f57-3f1b-4f8c-9e0a-7a2b6f3f9b11'],
      'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups': [group],
      'http://schemas.microsoft.com/claims/authnmethodsreferences': [
        'http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password',
        'http://schemas.microsoft.com/claims/multipleauthn',
      ],
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': ['alice@corp.example'],
      ...(fields.get('Role') === 'user.assignedroles' && { [`${awsNamespace}/Role`]: [pair] }),
      ...(fields.get('RoleSessionName') === 'user.userprincipalname' && {
        [`${awsNamespace}/RoleSessionName`]: ['alice@corp.example'],
      }),
    }),
  },
]

describe('a stranger with init and the page', () => {
  for (const { kind, entityId, signs, fields, sends } of rows)
    for (const mode of ['reissue', 'passthrough'] as const)
      test(`for ${kind} gets a credential, with the second factor seen, ${mode}`, async (context) => {
        const { take, signIn, offered } = await walk(context, {
          ...{ provider: kind, mode, metadata: '/metadata', roles: ['ViewOnly'] },
          administer: async ({ idp, clock, read }) => {
            const steps = read('STEPS.md')
            const values = entered(steps)
            const [pair = ''] =
              /arn:aws:iam::\d+:role\/ViewOnly,arn:aws:iam::\d+:saml-provider\/\w+/.exec(steps) ?? []
            const keys = await selfSigned({ commonName: kind, days: 365, now: Date.now() })
            const signOnPath = '/sso/saml'
            return createShaped({
              ...{ kind, entityId, keys, signs, signOnPath, clock },
              ...{ metadataPath: '/metadata', metadata: metadataOf(entityId, keys.cert, idp + signOnPath) },
              audience: values.get(fields.audience) ?? '',
              acs: values.get(fields.acs) ?? '',
              requestCert: read('certs/sp-signing.crt'),
              nameId: { format: emailFormat, value: 'alice@corp.example' },
              attributes: new Map(Object.entries(sends(values, pair))),
            })
          },
        })
        assert.deepEqual([signIn.user, signIn.mfa, offered], ['alice@corp.example', true, ['ViewOnly']])
        assert.equal(
          await take('ViewOnly'),
          'arn:aws:sts::111122223333:assumed-role/ViewOnly/alice@corp.example',
        )
      })
})

function metadataOf(entityId: string, cert: string, signOn: string): string {
  return (
    `<md:EntityDescriptor entityID="${entityId}" xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` +
    '<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
    `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare(cert)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
    `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${signOn}"/>` +
    '</md:IDPSSODescriptor></md:EntityDescriptor>'
  )
}
