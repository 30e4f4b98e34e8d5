import type { Action } from './action.ts'
import { assumeRoleWithSaml } from './assume-role-with-saml.ts'
import { getCallerIdentity } from './get-caller-identity.ts'

/** The actions of this STS; a new one is a new file and a line here. */
const actions = {
  AssumeRoleWithSAML: assumeRoleWithSaml,
  GetCallerIdentity: getCallerIdentity,
} satisfies Record<string, Action>

export function actionNamed(name: string): Action | undefined {
  return Object.hasOwn(actions, name) ? actions[name as keyof typeof actions] : undefined
}
