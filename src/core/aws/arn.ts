/** The parts of `arn:partition:iam::account:role/path/name`. */
export interface RoleArn {
  readonly partition: string
  readonly account: string
  /** Includes the path, without `role/`. */
  readonly path: string
  readonly name: string
}

const roleArn = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/((?:[\x21-\x7e]+\/)?)([\w+=,.@-]{1,64})$/

/** Reads a role ARN; undefined when the text is not exactly one (IAM identifiers, "IAM ARNs"). */
export function parseRoleArn(text: string): RoleArn | undefined {
  const [, partition, account, path, name] = roleArn.exec(text) ?? []
  if (partition === undefined || account === undefined || path === undefined || name === undefined)
    return undefined
  return text.length <= 2048 ? { partition, account, path, name } : undefined
}

const federatedUserArn = /^arn:(aws[a-z-]*):iam::(\d{12}):federated-user\/([\w+=,.@-]{2,64})$/

/**
 * Reads what a rule can open: the ARN of a role, or the one that we give to what the user of a classic broker is handed
 * out for, `arn:aws:iam::111122223333:federated-user/Reports`. No principal at AWS is called so: that one has `sts` in
 * its ARN, and the person's name.
 */
export function parseEntitlementArn(text: string): RoleArn | undefined {
  const [, partition, account, name] = federatedUserArn.exec(text) ?? []
  if (partition === undefined || account === undefined || name === undefined) return parseRoleArn(text)
  return { partition, account, path: 'federated-user/', name }
}

const samlProviderArn = /^arn:aws[a-z-]*:iam::\d{12}:saml-provider\/[\w._-]{1,128}$/

export function isSamlProviderArn(text: string): boolean {
  return samlProviderArn.test(text)
}
