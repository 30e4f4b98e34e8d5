import type { Server } from 'node:http'
import {
  createLocalSts,
  demoAws,
  type KeyPair,
  type LocalSts,
  listenOnLoopback,
  selfSigned,
} from '../../src/demo/index.ts'
import {
  base64,
  issuer,
  providerArn,
  responseXml,
  roleArn,
  type Signing,
  signXml,
  type Wanted,
} from './assertion.ts'

export const start = Date.parse('2026-03-02T09:00:00Z')

export interface AwsWorld {
  readonly url: string
  readonly sts: LocalSts
  readonly keys: KeyPair
  /** Epoch milliseconds; set it to move time. */
  now: number
  /** A signed response, base64. */
  assertion(wanted?: Partial<Wanted>, signing?: Signing): string
  /** Calls AssumeRoleWithSAML with a sound assertion unless `parameters` says otherwise. */
  assume(parameters?: Record<string, string>): Promise<Answer>
  close(): void
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly xml: string
  /** Text of the first element of that name. */
  read(element: string): string | undefined
}

let shared: Promise<KeyPair> | undefined

export async function awsWorld(): Promise<AwsWorld> {
  shared ??= selfSigned({ commonName: 'test', days: 10, now: start })
  const keys = await shared
  let serve: LocalSts | undefined
  const { server, url } = await listenOnLoopback((request, response) => serve?.app(request, response), 0)
  const state = demoAws({ reissue: { metadata: metadataXml(keys) } })
  const sts = createLocalSts({ baseUrl: url, clock: () => world.now, state })
  serve = sts
  const world: AwsWorld = {
    url,
    sts,
    keys,
    now: start,
    assertion: (wanted = {}, signing = {}) =>
      base64(signXml(responseXml({ now: world.now, ...wanted }), keys, signing)),
    assume: (parameters = {}) =>
      call(url, {
        Action: 'AssumeRoleWithSAML',
        Version: '2011-06-15',
        RoleArn: roleArn,
        PrincipalArn: providerArn,
        ...('SAMLAssertion' in parameters ? {} : { SAMLAssertion: world.assertion() }),
        ...parameters,
      }),
    close: () => closeServer(server),
  }
  return world
}

export async function call(url: string, parameters: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(parameters) })
  return answer(response)
}

export async function answer(response: Response): Promise<Answer> {
  const xml = await response.text()
  const read = (element: string) => {
    const [, text] = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml) ?? []
    return text
      ?.replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&')
  }
  return { status: response.status, headers: response.headers, xml, read }
}

export function metadataXml({ cert }: KeyPair, more: readonly KeyPair[] = []): string {
  const key = (pem: string) =>
    `<KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${pem.replace(/-----[A-Z ]+-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`
  return `<?xml version="1.0"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${issuer}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${[...more.map((one) => one.cert), cert].map(key).join('')}<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://bridge.test/"/></IDPSSODescriptor></EntityDescriptor>`
}

export function closeServer(server: Server): void {
  server.close()
  server.closeAllConnections()
}
