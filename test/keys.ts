import { type KeyPair, selfSigned } from '../src/saml/index.ts'

/** A fresh key with a self-signed certificate. */
export function makeKeys(commonName: string): Promise<KeyPair> {
  return selfSigned({ commonName, days: 30, now: Date.now() })
}
