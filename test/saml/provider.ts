import { createPrivateKey, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Collection } from '../../src/core/index.ts'
import { createServiceProvider, type ServiceProvider } from '../../src/saml/index.ts'
import { selfSigned } from '../../src/saml/keys/keys.ts'
import { identityProviderOptions, samlOptions } from '../../src/saml/options.ts'
import { createCollections, openStore } from '../../src/store/index.ts'
import { idpEntityId, type Keys, now } from './kit.ts'

// The service provider as the application builds it, on an embedded store, with one identity provider and a clock
// that the test moves.

export const own = await selfSigned({ commonName: 'idp', days: 365, now })
const certificate = own.cert.replace(/-----[A-Z ]+-----|\s/g, '')
const metadata =
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${idpEntityId}">` +
  '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">' +
  `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
  '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.corp.example/sso"/>' +
  '</md:IDPSSODescriptor></md:EntityDescriptor>'

const privateKey = createPrivateKey(own.key)
/** The key of the identity provider, for the kit's `sign`. */
export const ownKeys: Keys = { privateKey, publicKey: privateKey }

export interface Provider {
  readonly sp: ServiceProvider
  readonly clock: {
    time: number
    /** The clock goes on by this much after each look at it. */
    step: number
  }
  close(): Promise<void>
}

export async function startProvider(): Promise<Provider> {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-provider-'))
  const file = join(folder, 'idp.xml')
  writeFileSync(file, metadata)
  const state = { time: now, step: 0 }
  const clock = () => {
    state.time += state.step
    return state.time - state.step
  }
  const store = await openStore(`embedded:${join(folder, 'data')}`, { clock })
  const collections = createCollections(store, ['x'.repeat(32)], randomBytes)
  const collection = <T>(name: string): Collection<T> => collections(name, z.custom<T>())
  const sp = createServiceProvider({
    baseUrl: 'https://aws.corp.example',
    saml: samlOptions.parse({}),
    decryption: [],
    providers: { test: identityProviderOptions.parse({ metadata: file, allowUnsolicited: true }) },
    extraAudiences: [],
    clock,
    random: randomBytes,
    fetch,
    pending: collection('request'),
    logouts: collection('logout'),
    replays: collection('replay'),
    copies: collection('metadata'),
    tell: () => {},
  })
  await sp.start()
  const close = async () => {
    sp.stop()
    await store.close()
    rmSync(folder, { recursive: true })
  }
  return { sp, clock: state, close }
}
