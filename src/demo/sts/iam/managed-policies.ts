import type { AwsState } from '../state.ts'

const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = (...actions: string[]) => ({ Effect: 'Allow', Action: actions, Resource: '*' })

/** Some of AWS's own policies, shortened to what this stand-in can be asked for. */
const known: Readonly<Record<string, string>> = {
  AdministratorAccess: document(allow('*')),
  PowerUserAccess: document(
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    allow('iam:ListRoles', 'organizations:DescribeOrganization', 'account:ListRegions'),
  ),
  ReadOnlyAccess: document(
    allow(
      's3:Get*',
      's3:List*',
      'ec2:Describe*',
      'iam:Get*',
      'iam:List*',
      'sts:GetAccessKeyInfo',
      'sts:GetCallerIdentity',
    ),
  ),
  'job-function/ViewOnlyAccess': document(allow('s3:ListAllMyBuckets', 's3:ListBucket', 'ec2:Describe*')),
  SecurityAudit: document(allow('s3:GetBucketPolicy', 's3:ListAllMyBuckets', 'iam:Get*', 'iam:List*')),
}

/** The document of a managed policy; undefined when there is none of this ARN. */
export function managedPolicy(arn: string, { managedPolicies }: AwsState): string | undefined {
  const own = managedPolicies.get(arn)
  if (own !== undefined) return own
  const [, name = ''] = /^arn:aws[a-z-]*:iam::aws:policy\/(.+)$/.exec(arn) ?? []
  return Object.hasOwn(known, name) ? known[name] : undefined
}
