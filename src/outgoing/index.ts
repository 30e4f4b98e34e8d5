/**
 * The way out. Owns: by which proxy the bridge reaches AWS, identity providers and everything else, the `fetch` and
 * the agent that go there. Does not own: what is asked, or how an answer is judged.
 */
export { outgoingOptions } from './options.ts'
export { createOutgoing, type Outgoing } from './outgoing.ts'
export { describeProxy, type OutgoingProxy, readProxyOptions } from './proxy.ts'
