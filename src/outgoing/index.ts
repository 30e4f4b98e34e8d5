/**
 * The way out. Owns: by which proxy the bridge reaches AWS, identity providers and everything else, the `fetch` and
 * the agent that go there; the bounds on what comes back, and how a document of others stays fresh. Does not own: what is
 * asked, or how an answer is judged.
 */
export { boundedText, reasonOf, within } from './answer.ts'
export { isOwnMachine } from './exceptions.ts'
export { innerAddress, type Resolve } from './inner-addresses.ts'
export { type Fresh, type FreshNews, keepFresh } from './keep-fresh.ts'
export { outgoingOptions } from './options.ts'
export { createOutgoing, type Outgoing } from './outgoing.ts'
export { describeProxy, type OutgoingProxy, readProxyOptions } from './proxy.ts'
