import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto'

/**
 * An enveloped signature (XML Signature §3.1, RSA-SHA256) over text that is already in exclusive canonical form,
 * so that what is hashed is what is sent. Goes after the Issuer of the element whose ID it names.
 * @param certificate DER, base64
 */
export function envelopedSignature(
  id: string,
  canonical: string,
  key: KeyObject,
  certificate: string,
): string {
  const digest = createHash('sha256').update(canonical, 'utf8').digest('base64')
  const info = (declared: string): string =>
    `<ds:SignedInfo${declared}><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>` +
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>' +
    `<ds:Reference URI="#${id}"><ds:Transforms>` +
    '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>' +
    '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>' +
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>' +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`
  const namespace = ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
  const value = sign('sha256', Buffer.from(info(namespace), 'utf8'), key).toString('base64')
  return (
    `<ds:Signature${namespace}>${info('')}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
  )
}

/** The DER of a PEM certificate as base64, the way KeyInfo holds it. */
export function certificateBase64(pem: string): string {
  return new X509Certificate(pem).raw.toString('base64')
}
