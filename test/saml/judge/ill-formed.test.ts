import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '../../../src/core/index.ts'
import { limits, scan } from '../../../src/saml/xml/scan.ts'

describe('the scanner', () => {
  for (const [name, xml] of Object.entries({
    'a namespace without scheme': '<x xmlns="relative/path"/>',
    'a namespace that starts with two dots': '<a:x xmlns:a="../x"/>',
    'an empty prefixed namespace': '<x xmlns:a=""/>',
    'a namespace with a space': '<x xmlns="urn:a b"/>',
    'a namespace with a port that is none': '<x xmlns="http://example.org:port/"/>',
    'a namespace with half an escape': '<x xmlns="urn:a%4"/>',
    'a namespace with two fragments': '<x xmlns="urn:a#b#c"/>',
    'a namespace with a quote': "<x xmlns='urn:\"'/>",
    'a second byte order mark': '\ufeff\ufeff<x/>',
    'an attribute right behind another': '<x a="1"b="2"/>',
    'a DOCTYPE': '<!DOCTYPE x><x/>',
    'a parameter entity': '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><x/>',
    'an instruction': '<x><?y z?></x>',
    CDATA: '<x><![CDATA[y]]></x>',
    'a comment': '<x><!----></x>',
    'a comment behind the root': '<x/><!-- -->',
    'a lone surrogate': '<x>&#xDC00;</x>',
    'a character beyond Unicode': '<x>&#x110000;</x>',
    'NUL by reference': '<x>&#0;</x>',
    'a name that is not ASCII': '<é/>',
    'two colons in a name': '<a:b:c xmlns:a="urn:a"/>',
    'an end tag of another name': '<x><y></x></y>',
    'an end tag with an attribute': '<x></x a="1">',
    'one attribute by two prefixes': '<x xmlns:a="urn:a" xmlns:b="urn:a" a:y="1" b:y="2"/>',
    'an ID twice': '<x ID="a"><y Id="a"/></x>',
    'an ID twice by xml:id': '<x ID="a"><y xml:id="a"/></x>',
    'an ID twice in equal start tags': '<r><y ID="a"/><y ID="a"/></r>',
    'an attribute that pretends to be a namespace': '<x xmlnsfoo="urn:x"/>',
    'markup in an attribute': '<x a="<y/>"/>',
    'more attributes than an element may have': `<x ${Array.from({ length: limits.attributes + 1 }, (_, n) => `a${n}=""`).join(' ')}/>`,
    'more namespaces than an element may have': `<x ${Array.from({ length: 65 }, (_, n) => `xmlns:a${n}="urn:a"`).join(' ')}/>`,
    'more namespaces in scope than a message may have':
      `<x ${Array.from({ length: 64 }, (_, n) => `xmlns:a${n}="urn:a"`).join(' ')}>`.repeat(3) +
      '</x>'.repeat(3),
    'more elements than a message may have': `<x>${'<y/>'.repeat(limits.elements)}</x>`,
    'deeper nesting than a message may have': `${'<x>'.repeat(limits.depth + 1)}${'</x>'.repeat(limits.depth + 1)}`,
    'the prefix xmlns on an element': '<xmlns:x/>',
    'a namespace declared twice': '<x xmlns:a="urn:a" xmlns:a="urn:a"/>',
    'an attribute twice': '<x a="1" a="1"/>',
    'another namespace for xml': '<x xmlns:xml="urn:x"/>',
    'the xml namespace under another prefix': '<x xmlns:a="http://www.w3.org/XML/1998/namespace"/>',
    'text behind the root': '<x/>y',
    'an unknown entity': '<x>&foo;</x>',
    'a bare ampersand': '<x>a & b</x>',
    'a control character': '<x>\u0001</x>',
    'U+FFFE': '<x>\ufffe</x>',
    'XML 1.1': '<?xml version="1.1"?><x/>',
    'an encoding other than UTF-8': '<?xml version="1.0" encoding="ISO-8859-1"?><x/>',
    'an undeclared prefix': '<a:x/>',
    'an undeclared prefix of an attribute': '<x a:y=""/>',
    'xml:id that is no name': '<x xml:id="1"/>',
    'the end of CDATA in text': '<x>]]></x>',
  })) {
    test(`refuses ${name}`, () => {
      assert.throws(() => scan(Buffer.from(xml, 'utf8')), Refusal)
    })
  }

  test('refuses bytes that are no UTF-8', () => {
    assert.throws(() => scan(Buffer.from([0x3c, 0x78, 0x3e, 0xff, 0x3c, 0x2f, 0x78, 0x3e])), Refusal)
  })
})
