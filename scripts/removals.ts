/** A check of the verifier, and what stands in its place when it is taken away. */
interface Removal {
  readonly name: string
  /** Below src/saml. */
  readonly file: string
  /** Occurs exactly once. */
  readonly code: string
  readonly instead: string
  /** Another check that refuses the same messages for the same reason, so that nothing can notice. */
  readonly doubledBy?: string
}

const off = (name: string, file: string, condition: string): Removal => ({
  name,
  file,
  code: `if (${condition}`,
  instead: `if (false) if (${condition}`,
})
const doubled = (removal: Removal, doubledBy: string): Removal => ({ ...removal, doubledBy })
const gone = (name: string, file: string, code: string, instead = ''): Removal => ({
  name,
  file,
  code,
  instead,
})

export const removals: readonly Removal[] = [
  // The message
  off('size of the message', 'message.ts', 'bytes.length > maxBytes'),
  gone(
    'strict base64',
    'signature.ts',
    "return again === encoded || again === encoded.replace(/[ \\t\\r\\n]+/g, '') ? bytes : undefined",
    'return again === encoded ? bytes : bytes',
  ),
  // The scanner
  off('UTF-8', 'xml/text.ts', '!isUtf8(bytes)'),
  off('characters that XML forbids', 'xml/text.ts', 'forbidden.test(text)'),
  off('end of CDATA in text', 'xml/text.ts', "raw.includes(']]>')"),
  gone(
    'markup in attribute values',
    'xml/text.ts',
    "if (found === '<') throw",
    "if (found === '<') return '&lt;'\n    if (false) throw",
  ),
  off('unknown references', 'xml/text.ts', '!isCharacter(code)'),
  off(
    'declaration of version and encoding',
    'xml/cursor.ts',
    "match === undefined) throw malformed('the XML",
  ),
  gone(
    'comments',
    'xml/cursor.ts',
    "if (!this.skipComments || !this.xml.startsWith('<!--', this.at)) return false",
    "if (!this.xml.startsWith('<!--', this.at)) return false",
  ),
  off('one root', 'xml/scan.ts', 'this.at !== this.xml.length'),
  off('depth', 'xml/scan.ts', 'stack.length + 2 > limits.depth'),
  off('number of elements', 'xml/scan.ts', '++this.elements > this.maxElements'),
  off('number of attributes', 'xml/scan.ts', 'raw.length > limits.attributes'),
  off('attributes given twice', 'xml/scan.ts', 'other.local === local && other.ns === ns'),
  off('IDs used twice', 'xml/scan.ts', 'this.ids.has(value)'),
  gone('IDs in equal start tags', 'xml/scan.ts', 'this.ids.size === ids ? tag : undefined', 'tag'),
  off('xml:id is a name', 'xml/scan.ts', "prefix === 'xml' &&"),
  off('white space between attributes', 'xml/scan.ts', '!spaced'),
  gone(
    'attributes that pretend to be namespaces',
    'xml/scan.ts',
    "throw malformed('an attribute pretends to be a namespace', this.at)",
    ';',
  ),
  off('matching end tags', 'xml/scan.ts', '!xml.startsWith(element.name, this.at + 2)'),
  gone('reserved namespaces', 'xml/namespaces.ts', "throw malformed('a reserved namespace is declared', at)"),
  gone(
    'plain absolute namespaces',
    'xml/namespaces.ts',
    "throw malformed('a namespace is no plain absolute URI', at)",
  ),
  off('number of namespaces', 'xml/namespaces.ts', 'before.length >= maxDeclarations'),
  off('namespaces in scope', 'xml/scan.ts', '(scope?.size ?? 0) > limits.namespaces'),
  off('namespaces declared twice', 'xml/namespaces.ts', 'other.prefix === prefix'),
  off('declared prefixes', 'xml/namespaces.ts', "uri === undefined && prefix !== ''"),
  doubled(
    off('xmlns as prefix', 'xml/namespaces.ts', "prefix === 'xmlns') throw"),
    'reserved namespaces, declared prefixes',
  ),
  // The structure
  off('the root is a Response', 'structure.ts', "!is(root, ns.protocol, 'Response')"),
  off('version of the Response', 'structure.ts', "attribute(root, 'Version') !== '2.0'"),
  off('one Response', 'structure.ts', 'counted.Response !== 1'),
  off('one Assertion', 'structure.ts', 'assertions.length + encrypted.length > 1'),
  doubled(
    off('Assertions only where they belong', 'structure.ts', 'counted.Assertion !== assertions.length'),
    'one Assertion; an Assertion is there',
  ),
  gone('children of the Response', 'structure.ts', 'checkChildren(root, ns.protocol, responseChildren)'),
  off('a signed Assertion is one', 'structure.ts', "!is(root, ns.assertion, 'Assertion')"),
  off('a decrypted Assertion holds no other', 'structure.ts', 'counted.Assertion !== 1 ||'),
  off('version of the Assertion', 'structure.ts', "attribute(assertion, 'Version') !== '2.0'"),
  gone(
    'children of the Assertion',
    'structure.ts',
    'checkChildren(assertion, ns.assertion, assertionChildren)',
  ),
  off('usable IDs', 'structure.ts', 'id === undefined || !/^'),
  off('SAML in foreign content', 'structure.ts', 'container !== undefined &&'),
  off('stray text', 'structure.ts', 'hasStrayText(parent)'),
  off('known children', 'structure.ts', '!known'),
  off('children given twice', 'structure.ts', 'seen.has(child.local) &&'),
  off('places of signatures', 'structure.ts', 'found !== allowed'),
  // The signature
  doubled(off('one Signature', 'signature.ts', 'signatures.length > 1'), 'children given twice'),
  off('SHA-1', 'signature.ts', '!trust.allowSha1 &&'),
  off('signature value', 'signature.ts', '!trust.keys.some('),
  off('digest', 'signature.ts', 'computed.length !== digest.value.length'),
  off('kind of key', 'signature.ts', 'key.asymmetricKeyType !== algorithm.key'),
  gone(
    'children of Signature',
    'signature.ts',
    "throw structure('Signature must hold SignedInfo, SignatureValue and at most one KeyInfo')",
    "if (!info || !value) throw structure('')",
  ),
  gone(
    'children of SignedInfo',
    'signature.ts',
    "throw structure('SignedInfo must hold CanonicalizationMethod, SignatureMethod and one Reference')",
    "if (!method || !signatureMethod || !reference) throw structure('')",
  ),
  off('canonicalization method', 'signature.ts', 'algorithmOf(method) !== exclusive'),
  gone(
    'children of Reference',
    'signature.ts',
    "throw structure('Reference must hold Transforms, DigestMethod and DigestValue')",
    "if (!transforms || !method || !value) throw structure('')",
  ),
  off('what the Reference names', 'signature.ts', "id === undefined || attribute(reference, 'URI')"),
  gone(
    'transforms',
    'signature.ts',
    "throw structure('Transforms must be enveloped-signature and exclusive canonicalization')",
    'if (!envelope || !canonical) return []',
  ),
  off('content of a Transform', 'signature.ts', '\n    stray !== undefined &&'),
  gone(
    'content of canonicalization',
    'signature.ts',
    "throw structure('canonicalization has unknown parameters')",
    'return []',
  ),
  off('stray text in a signature', 'signature.ts', 'hasStrayText(element)'),
  gone(
    'attributes of the parts of a signature',
    'signature.ts',
    'if (!attributes.includes(name)) throw structure(`${element.local} has an unknown attribute`)\n  }\n  return elements',
    '}\n  return elements',
  ),
  off('base64 in a signature', 'signature.ts', 'bytes === undefined || bytes.length === 0) throw structure'),
  // What is signed is what is read
  doubled(
    gone(
      'the Response is read from signed bytes',
      'signed.ts',
      'checkResponseStructure(scan(responseBytes))',
      'parts',
    ),
    'digest, which covers the whole element',
  ),
  gone(
    'a Response signature that fails is fatal',
    'signed.ts',
    "const responseBytes = verify(document, parts.response, 'Response', provider, keys)",
    "let responseBytes: Buffer | undefined\n  try {\n    responseBytes = verify(document, parts.response, 'Response', provider, keys)\n  } catch {}",
  ),
  gone(
    'an Assertion signature that fails is fatal',
    'signed.ts',
    "const assertionBytes = verify(inner.document, assertion, 'Assertion', provider, keys)",
    "let assertionBytes: Buffer | undefined\n  try {\n    assertionBytes = verify(inner.document, assertion, 'Assertion', provider, keys)\n  } catch {}",
  ),
  off('something is signed', 'signed.ts', 'signed.length === 0'),
  gone('the signed Issuer of the Response', 'signed.ts', 'assertIssuer(response, provider, true)'),
  gone('the signed Issuer of the Assertion', 'signed.ts', 'assertIssuer(assertion, provider, false)'),
  gone(
    'decryption tells nothing',
    'signed.ts',
    "if (error instanceof Refusal) throw new Refusal('decryption_failed', `plaintext: ${error.message}`)",
  ),
  gone(
    'the second opinion agrees',
    'opinions/confirm.ts',
    'if (Buffer.isBuffer(theirs) && theirs.equals(ours)) return',
    'return',
  ),
  // Decryption
  gone(
    'one EncryptedData',
    'decrypt.ts',
    'if (data === undefined || others.length > 0)',
    'if (data === undefined)',
  ),
  off('AES-CBC', 'decrypt.ts', "cipher.mode === 'cbc' &&"),
  off('number of EncryptedKeys', 'decrypt.ts', 'found.length === 0 || found.length > maxKeys'),
  off('OAEPparams', 'key-transport.ts', 'params !== undefined &&'),
  gone(
    'RSA-OAEP',
    'key-transport.ts',
    'return `key transport by ${named} is not accepted; the identity provider must use RSA-OAEP`',
    'if (method === undefined) return named',
  ),
  gone(
    'known digest and mask',
    'key-transport.ts',
    "if (typeof found === 'object')",
    "if (typeof found === 'object' && found.unknown === 'never')",
  ),
  doubled(
    off('length of the content key', 'decrypt.ts', 'contentKey !== undefined && contentKey.length'),
    'the cipher, which takes no other key',
  ),
  doubled(off('padding', 'decrypt.ts', 'padding < 1 || padding > 16'), 'the plaintext is one Assertion'),
  // What it says
  gone('status', 'status.ts', 'if (value === success) return', 'return'),
  gone(
    'order of issuers',
    'response.ts',
    'issuerOf(assertion ?? response) ?? issuerOf(response)',
    'issuerOf(response)',
  ),
  gone(
    'an AudienceRestriction',
    'conditions.ts',
    "if (restrictions.length === 0) throw new Refusal('audience_mismatch', 'the assertion names no audience')",
  ),
  off('every audience', 'conditions.ts', '!audiences.some('),
  off('known conditions', 'conditions.ts', 'namespace !== ns.assertion || !understood'),
  off('stray text in Conditions', 'conditions.ts', 'hasStrayText(conditions)'),
  off('NotBefore', 'conditions.ts', 'notBefore !== undefined &&'),
  gone(
    'NotOnOrAfter is there',
    'conditions.ts',
    "if (notOnOrAfter === undefined) throw new Refusal('expired', `${element.local} has no NotOnOrAfter`)",
    'if (notOnOrAfter === undefined) return now + 60_000',
  ),
  off('NotOnOrAfter', 'conditions.ts', 'now - skew >= end'),
  gone(
    'validity of Conditions',
    'response.ts',
    "step('conditions time', () => checkValidity(conditions, time))",
    'Number.MAX_SAFE_INTEGER',
  ),
  gone(
    'validity of the confirmation',
    'response.ts',
    "step('confirmation time', () => checkValidity(data, time))",
    'Number.MAX_SAFE_INTEGER',
  ),
  off('IssueInstant', 'response.ts', 'issuedAt > where.now + where.skew'),
  off('lifetime', 'response.ts', 'end - issuedAt > where.maxLifetime'),
  gone(
    'Destination of a signed Response',
    'response.ts',
    'if (destination === undefined && !signed) return',
    'if (destination === undefined) return',
  ),
  off('Destination', 'response.ts', 'destination !== acsUrl'),
  off('InResponseTo agrees', 'response.ts', 'outer !== undefined && outer !== signed'),
  off('Recipient', 'subject.ts', 'recipient !== acsUrl'),
  off('bearer', 'subject.ts', 'method !== bearer'),
  gone(
    'one confirmation',
    'subject.ts',
    'confirmation === undefined || confirmations.length > 1',
    'confirmation === undefined',
  ),
  gone(
    'confirmation data alone',
    'subject.ts',
    'data === undefined || elements(confirmation).length !== 1',
    'data === undefined',
  ),
  gone('one NameID', 'subject.ts', 'ids.length > 1 || ', ''),
  gone(
    'a NameID that says something',
    'subject.ts',
    "value === undefined || value === ''",
    'value === undefined',
  ),
  off('AuthnInstant', 'statements.ts', 'found.instant > now + skew'),
  off('age of the authentication', 'statements.ts', 'maxAge !== undefined &&'),
  off('SessionNotOnOrAfter', 'statements.ts', 'found.sessionNotOnOrAfter !== undefined &&'),
  off('authentication context', 'statements.ts', 'required.length > 0 &&'),
  off('groups that were left out', 'identity.ts', 'attributeValues(found, overage).length > 0'),
  off('real instants', 'instant.ts', 'Number.isNaN(milliseconds) ||'),
  // What one message cannot prove by itself
  off('leave for unsolicited responses', 'acceptance.ts', '!provider.allowUnsolicited'),
  off('the request went to this provider', 'acceptance.ts', 'request.provider !== provider.name'),
  off('the request is of this browser', 'acceptance.ts', 'browser.browserKey === undefined ||'),
  off('RelayState of the request', 'acceptance.ts', 'browser.relayState && !equal('),
  off('fresh authentication', 'acceptance.ts', 'request.forceAuthn && '),
  off('one answer to a request', 'acceptance.ts', '(await pending.take(id)) === undefined'),
  off('replay mark', 'acceptance.ts', '!(await replays.putIfAbsent('),
  off('targets of unsolicited responses', 'relay-state.ts', 'path === undefined ||'),
  off('RPID of AD FS', 'relay-state.ts', "fields.get('RPID') !== entityId"),
  // The way to metadata
  off('schemes of a redirect', 'metadata-download.ts', "to.protocol !== 'https:' && to.protocol"),
  off('https stays https', 'metadata-download.ts', "from.protocol === 'https:' && to.protocol"),
  off('http stays within its host', 'metadata-download.ts', "to.protocol === 'http:'"),
  off('inner addresses', 'metadata-download.ts', 'inner !== undefined'),
  gone(
    'addresses inside IPv6',
    'metadata-download.ts',
    " || embedded(plain).some((one) => inner.check(one, 'ipv4'))",
  ),
  gone('number of redirects', 'metadata-download.ts', 'hops <= mostHops', 'hops <= 50'),
]
