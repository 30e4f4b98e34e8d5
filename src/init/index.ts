/**
 * A first installation. Owns: the files that `rolebridge init` writes: configuration, keys, metadata for both sides,
 * the template for IAM, the page of steps for who runs the identity provider. Does not own: asking, and what a
 * configuration means.
 */
export type { Answers } from './answers.ts'
export { initKinds, readAnswer, readAnswers } from './answers.ts'
export { type Installation, install } from './install.ts'
