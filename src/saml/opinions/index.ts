import { libxml2 } from './libxml2.ts'
import type { Opinion } from './opinion.ts'
import { xmlCrypto } from './xml-crypto.ts'

export type { Claim, Opinion } from './opinion.ts'

/** Implementations that can be asked for a second opinion, by the name that `saml.secondOpinion` gives them. */
export const opinions = {
  'libxml2-wasm': libxml2,
  'xml-crypto': xmlCrypto,
  off: undefined,
} satisfies Record<string, Opinion | undefined>

export type OpinionName = keyof typeof opinions
export const opinionNames = Object.keys(opinions) as [OpinionName, ...OpinionName[]]
