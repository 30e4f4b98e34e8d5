import { Refusal, type RequestContext, type Session } from '../../core/index.ts'

/** Some steps are a person's own. Throws `not_entitled` with what may be said, when an AI agent takes one. */
export function refuseAgents({ agent }: Session, context: RequestContext, say: string): void {
  const name = agent ?? context.agent
  if (name !== undefined)
    throw new Refusal('not_entitled', `the AI agent ${name.slice(0, 200)} may not do this`, { say })
}
