import { Refusal } from '../../src/core/index.ts'
import { type Judgement, judgeResponse } from '../../src/saml/judge/response.ts'
import { type Opinion, opinions } from '../../src/saml/opinions/index.ts'
import { contentKey, encryptAssertion } from '../saml/judge/encryptor.ts'
import {
  assertionXml,
  at,
  circumstances,
  decryptionKeys,
  responseXml,
  sign,
  template,
  trustedProvider,
} from '../saml/kit.ts'
import { mutations, textMutations } from './mutations.ts'
import { type Dice, dice } from './random.ts'
import { clone, localName, type Node, placed, read, write } from './tree.ts'

/** How a run went so far; plain data, so that it can be kept between runs. */
export interface Tally {
  mutants: number
  /** Changed where canonical form does not look (white space in tags, quotes), outside the signature, or not at all. */
  accepted: number
  refused: Record<string, number>
  /** Accepted by us and not by the second opinion. */
  disagreements: number
}

export const emptyTally = (): Tally => ({ mutants: 0, accepted: 0, refused: {}, disagreements: 0 })

/** A mutant that was accepted with an identity which nobody signed, or that broke the judge. */
export class Forged extends Error {
  readonly index: number
  readonly xml: string

  constructor(index: number, xml: string, message: string) {
    super(`mutant ${index}: ${message}`)
    this.name = 'Forged'
    this.index = index
    this.xml = xml
  }
}

interface Base {
  readonly root: Node
  readonly encrypted: boolean
}

const people = {
  mallory: { groups: ['staff'], seconds: -30 },
  alice: { groups: ['aws-111122223333-Admin', 'platform-admins'], seconds: -40 },
} as const
type Name = keyof typeof people
const names = ['mallory', 'alice'] as const

function messageOf(name: Name): ReturnType<typeof template> {
  const { groups, seconds } = people[name]
  const plain = template()
  return template({
    responseAttributes: { ...plain.responseAttributes, ID: `_r_${name}` },
    assertionAttributes: { ...plain.assertionAttributes, ID: `_a_${name}` },
    nameId: `<saml:NameID>${name}@corp.example</saml:NameID>`,
    authn: plain.authn.replace(at(-30), at(seconds)),
    attributes:
      `<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>${name}@corp.example</saml:AttributeValue></saml:Attribute>` +
      `<saml:Attribute Name="targetedID"><saml:AttributeValue><saml:NameID>id-${name}</saml:NameID></saml:AttributeValue></saml:Attribute>` +
      `<saml:Attribute Name="groups">${groups.map((group) => `<saml:AttributeValue>${group}</saml:AttributeValue>`).join('')}</saml:Attribute></saml:AttributeStatement>`,
  })
}

const wrapped = contentKey(decryptionKeys.publicKey)
const provider = trustedProvider({ attributes: { user: 'mail' }, user: { required: false, names: ['user'] } })
const alone = circumstances(provider, { opinion: undefined })
const doubted = circumstances(provider, { opinion: opinions['libxml2-wasm'] as Opinion })

/** The valid messages of one person: what is signed, and how. */
function basesOf(name: Name): Base[] {
  const parts = messageOf(name)
  const xml = responseXml(parts)
  const inclusive = { inclusive: ['xs', '#default'] }
  const assertion = sign(assertionXml(parts), 'Assertion')
  const leaning = assertionXml(parts).replace(' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', '')
  return [
    { root: read(sign(xml, 'Assertion')), encrypted: false },
    { root: read(sign(xml, 'Response')), encrypted: false },
    { root: read(sign(sign(xml, 'Assertion'), 'Response')), encrypted: false },
    { root: read(sign(xml, 'Assertion', inclusive)), encrypted: false },
    { root: read(responseXml(parts, assertion)), encrypted: true },
    // Encrypted as it stands, with its prefix declared around it.
    { root: read(sign(responseXml(parts, leaning), 'Assertion')), encrypted: true },
  ]
}

const pools = { mallory: basesOf('mallory'), alice: basesOf('alice') }

/** The judgement with everything that decides who somebody is, in a form that can be compared. */
function essence({ identity, inResponseTo, replayableUntil, issuedAt }: Judgement): string {
  return JSON.stringify({ identity, inResponseTo, replayableUntil, issuedAt })
}

/** What the identity provider signed, by assertion ID. */
const signed = new Map<string, string>()
for (const name of names) {
  for (const base of pools[name]) {
    const judgement = judgeResponse(encode(finish(base.root, base.encrypted)), doubted)
    const known = signed.get(judgement.assertionId)
    const found = essence(judgement)
    if (known !== undefined && known !== found)
      throw new TypeError('the valid messages differ among themselves')
    signed.set(judgement.assertionId, found)
  }
}
if (signed.size !== names.length) throw new TypeError('there must be one signed assertion for each person')

function encode(xml: string): string {
  return Buffer.from(xml, 'utf8').toString('base64')
}

/** The document as it travels: an encrypted one gets its (mutated) assertions encrypted for us. */
function finish(root: Node, encrypted: boolean): string {
  if (!encrypted) return write(root)
  const copy = clone(root)
  let inside = ''
  for (const { node, parent } of placed(copy)) {
    if (parent && localName(node) === 'Assertion' && inside === '') {
      inside = write(node)
      parent.children[parent.children.indexOf(node)] = '@'
    }
  }
  return write(copy).replace('@', () => encryptAssertion(inside, wrapped))
}

const treeNames = Object.keys(mutations)
const textNames = Object.keys(textMutations)

/** The mutant with this number: the same seed and number always give the same one (but for the keys). */
export function mutant(
  seed: number,
  index: number,
): { readonly xml: string; readonly names: readonly string[] } {
  const roll = dice(seed, index)
  const kinds = pools.mallory.length
  // Decryption costs a private key operation, so encrypted messages are one in forty.
  const kind = roll.once(40) ? kinds - 1 - roll.below(2) : roll.below(kinds - 2)
  const person = roll.pick(names)
  const base = pools[person][kind] as Base
  const donor = (pools[person === 'alice' ? 'mallory' : 'alice'][roll.below(kinds)] as Base).root
  const applied: string[] = []
  let root = clone(base.root)
  const changes = roll.pick([0, 1, 1, 1, 2, 2, 3])
  for (let change = 0; change < changes; change++) {
    const name = roll.pick(treeNames)
    applied.push(name)
    root = mutations[name]?.(root, donor, roll) ?? root
  }
  const written = finish(root, base.encrypted)
  return { xml: mutateText(written, changes === 0 || roll.once(4), applied, roll), names: applied }
}

function mutateText(xml: string, wanted: boolean, applied: string[], roll: Dice): string {
  if (!wanted) return xml
  const name = roll.pick(textNames)
  applied.push(name)
  return textMutations[name]?.(xml, roll) ?? xml
}

/**
 * Judges mutants `from` up to `to` with our verifier alone and adds to the tally. Throws `Forged` when one is
 * accepted with anything but what was signed, or when the judge fails with something that is no refusal.
 */
export function fuzz(
  seed: number,
  from: number,
  to: number,
  tally: Tally,
  disagreed: (index: number, xml: string, detail: string) => void = () => {},
): void {
  for (let index = from; index < to; index++) {
    const { xml, names: applied } = mutant(seed, index)
    const encoded = encode(xml)
    tally.mutants += 1
    try {
      const judgement = judgeResponse(encoded, alone)
      tally.accepted += 1
      if (signed.get(judgement.assertionId) !== essence(judgement)) {
        throw new Forged(index, xml, `${applied.join(' + ')} gave ${essence(judgement)}`)
      }
      const detail = doubt(encoded)
      if (detail !== undefined) {
        tally.disagreements += 1
        disagreed(index, xml, detail)
      }
    } catch (error) {
      if (error instanceof Forged) throw error
      if (!(error instanceof Refusal)) {
        throw new Forged(index, xml, `${applied.join(' + ')} broke the judge: ${String(error)}`)
      }
      tally.refused[error.code] = (tally.refused[error.code] ?? 0) + 1
    }
  }
}

/** Whatever we accept alone is shown to the second opinion too; that it says no is counted, not thrown. */
function doubt(encoded: string): string | undefined {
  try {
    judgeResponse(encoded, doubted)
    return undefined
  } catch (error) {
    return error instanceof Refusal ? error.detail : String(error)
  }
}
