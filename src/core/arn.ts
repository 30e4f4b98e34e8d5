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

const samlProviderArn = /^arn:aws[a-z-]*:iam::\d{12}:saml-provider\/[\w._-]{1,128}$/

export function isSamlProviderArn(text: string): boolean {
  return samlProviderArn.test(text)
}
