/** Limits and alphabets of STS for AssumeRoleWithSAML and session tags (AWS STS API reference). */

export const maxTags = 50
export const maxTagKey = 128
export const maxTagValue = 256
export const maxPolicyArns = 10
export const maxPolicy = 2048

const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

export function isTagKey(text: string): boolean {
  return text !== '' && text.length <= maxTagKey && tagText.test(text) && !/^aws:/i.test(text)
}

export function isTagValue(text: string): boolean {
  return text.length <= maxTagValue && tagText.test(text)
}

/** RoleSessionName. */
export function isSessionName(text: string): boolean {
  return /^[\w+=,.@-]{2,64}$/.test(text)
}

export function isSourceIdentity(text: string): boolean {
  return isSessionName(text) && !/^aws:/i.test(text)
}

export function isPolicyArn(text: string): boolean {
  return /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\x21-\x7e]{1,512}$/.test(text)
}

/** The account that owns a managed policy; undefined for AWS's own. */
export function ownerOfPolicy(arn: string): string | undefined {
  const owner = arn.split(':')[4]
  return owner === 'aws' ? undefined : owner
}

/**
 * Roles that nobody may take by SAML: IAM Identity Center's own, and those linked to a service, which trust that
 * service alone (IAM User Guide, "Using service-linked roles").
 */
export function isReservedRole(pathAndName: string): boolean {
  return /^aws-service-role\/|^aws-reserved\/|(?:^|\/)AWSReservedSSO_/.test(pathAndName)
}
