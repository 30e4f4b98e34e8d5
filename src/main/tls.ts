import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Config } from '../config.ts'

/**
 * TLS 1.3, and of 1.2 what RFC 9325 §4.2 recommends: a fresh key for each connection (forward secrecy), so that the
 * certificate's key opens nothing that was recorded, and authenticated encryption.
 */
export const tlsOptions: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  honorCipherOrder: true,
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
}

/**
 * Makes the certificate of a configuration ready for a server that runs, and throws when the platform does not take it.
 * What it returns takes it into use, for connections from then on.
 */
export function renewCertificate(server: Server | TlsServer, { keys }: Config): () => void {
  if (keys.tls === undefined || !(server instanceof TlsServer)) return () => {}
  const options = { ...keys.tls, ...tlsOptions }
  createSecureContext(options)
  return () => server.setSecureContext(options)
}
