import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { XmlC14NMode, XmlDocument, type XmlNode } from 'libxml2-wasm'
import { SaxesParser } from 'saxes'
import { Refusal } from '../../src/core/index.ts'
import { canonicalize } from '../../src/saml/xml/c14n.ts'
import type { Element } from '../../src/saml/xml/element.ts'
import { attribute, elements } from '../../src/saml/xml/read.ts'
import { scan } from '../../src/saml/xml/scan.ts'
import { type Dice, dice } from '../fuzz/random.ts'
import { damaged, randomDocument } from './documents.ts'

// Our scanner and canonicaliser beside libxml2's, on documents that neither was written for.

const seed = 7
const documents = 3000

function theirs(node: XmlNode, prefixes: readonly string[]): string {
  const chunks: Buffer[] = []
  const collect = {
    write: (chunk: Uint8Array) => {
      chunks.push(Buffer.from(chunk))
      return chunk.length
    },
    close: () => true,
  }
  node.canonicalize(collect, {
    mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
    ...(prefixes.length > 0 && { inclusiveNamespacePrefixes: [...prefixes] }),
  })
  return Buffer.concat(chunks).toString('utf8')
}

function ours(element: Element, inclusive: readonly string[]): string {
  return Buffer.from(canonicalize(element, { inclusive }), 'latin1').toString('utf8')
}

function find(element: Element, id: string): Element | undefined {
  if (attribute(element, 'ID') === id) return element
  for (const child of elements(element)) {
    const found = find(child, id)
    if (found) return found
  }
  return undefined
}

function prefixList(roll: Dice): string[] {
  return ['a', 'b', 'xs', '#default', 'unknown'].filter(() => roll.once(3))
}

/** Runs `use` with libxml2's reading; undefined when libxml2 refuses the document. */
function withLibxml2<T>(xml: string, use: (document: XmlDocument) => T): T | undefined {
  let document: XmlDocument
  try {
    document = XmlDocument.fromBuffer(Buffer.from(xml, 'utf8'))
  } catch {
    return undefined
  }
  try {
    return use(document)
  } finally {
    document.dispose()
  }
}

function saxesAccepts(xml: string): boolean {
  let fine = true
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', () => {
    fine = false
  })
  parser.write(xml).close()
  return fine
}

/** Our reading; undefined when we refuse. */
function scanned(xml: string): Element | undefined {
  try {
    return scan(Buffer.from(xml, 'utf8'))
  } catch (error) {
    assert.ok(error instanceof Refusal, `${String(error)}: ${xml}`)
    return undefined
  }
}

describe('scanner and canonicalisation beside libxml2', () => {
  test(`canonical bytes are equal for ${documents} documents and for elements inside them`, () => {
    let compared = 0
    for (let index = 0; index < documents; index++) {
      const roll = dice(seed, index)
      const { xml, ids } = randomDocument(roll)
      const root = scan(Buffer.from(xml, 'utf8'))
      const prefixes = prefixList(roll)
      const id = ids.length > 0 ? roll.pick(ids) : undefined
      withLibxml2(xml, (document) => {
        assert.equal(ours(root, prefixes), theirs(document.root, prefixes), xml)
        compared += 1
        const element = id && document.get(`//*[@ID='${id}']`)
        if (!id || !element) return
        assert.equal(ours(find(root, id) as Element, prefixes), theirs(element, prefixes), `${id} in ${xml}`)
        compared += 1
      })
    }
    assert.ok(compared > documents * 1.5, `${compared} comparisons`)
  })

  test('canonical bytes, scanned again, are canonical', () => {
    for (let index = 0; index < 500; index++) {
      const canonical = ours(scan(Buffer.from(randomDocument(dice(seed, index)).xml, 'utf8')), [])
      assert.equal(ours(scan(Buffer.from(canonical, 'utf8')), []), canonical)
    }
  })

  test('the enveloped signature is left out together with its content, as libxml2 does it', () => {
    for (let index = 0; index < 500; index++) {
      const { xml } = randomDocument(dice(seed, index))
      const root = scan(Buffer.from(xml, 'utf8'))
      const [child] = elements(root)
      if (!child) continue
      const without = Buffer.from(canonicalize(root, { without: child }), 'latin1').toString('utf8')
      const expected = withLibxml2(xml, (document) => {
        const node = document.get('/*/*[1]')
        ;(node as unknown as { remove(): void }).remove()
        return theirs(document.root, [])
      })
      assert.equal(without, expected, xml)
    }
  })

  test('whatever libxml2 or saxes refuses, we refuse; what all accept, we read alike', () => {
    let [refused, accepted] = [0, 0]
    for (let index = 0; index < documents; index++) {
      const roll = dice(seed + 1, index)
      const xml = damaged(randomDocument(roll).xml, roll)
      const root = scanned(xml)
      if (root === undefined) {
        refused += 1
        continue
      }
      accepted += 1
      assert.ok(saxesAccepts(xml), `saxes refuses ${xml}`)
      const other = withLibxml2(xml, (document) => theirs(document.root, []))
      assert.notEqual(other, undefined, `libxml2 refuses ${xml}`)
      assert.equal(ours(root, []), other, xml)
    }
    assert.ok(
      refused > documents / 3 && accepted > documents / 20,
      `${refused} refused, ${accepted} accepted`,
    )
  })

  for (const value of ['1x', '#a', 'a b', '']) {
    test(`refuses xml:id="${value}", which is no name, as libxml2 does`, () => {
      const xml = `<x xml:id="${value}"/>`
      assert.equal(
        withLibxml2(xml, () => true),
        undefined,
      )
      assert.equal(scanned(xml), undefined)
    })
  }
})
