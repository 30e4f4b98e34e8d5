import type { Answers } from './answers.ts'
import { partitionOf, places } from './configuration.ts'
import { fillGuide } from './guide.ts'
import { beginningOf } from './kinds.ts'

/** What the page of steps needs beyond the answers. */
interface StepValues {
  readonly answers: Answers
  /** Where metadata that is still to come is to be put. */
  readonly awaits: string | undefined
  readonly audience: string
  readonly recipient: string
}

/** The page for the three people who finish an installation: one at the identity provider, one at AWS, one here. */
export function stepsFor(guide: string, { answers, awaits, audience, recipient }: StepValues): string {
  const { baseUrl, federation, accounts, kind, region } = answers
  const account = accounts[0]?.id ?? '111122223333'
  const partition = partitionOf(region)
  const filled = fillGuide(guide, { federation, baseUrl, account, partition, audience, recipient })
  const [, ...rest] = filled.split('\n')
  const body = rest
    .join('\n')
    .trim()
    .replaceAll(/^(#+ )/gm, '#$1')
    // Pages beside the guide are not beside this file: a line of links goes, others say where the page is.
    .replace(/^\[All values of the bridge\].*\n\n/m, '')
    .replaceAll(/\[([^\]]+)\]\(\.\.\/([\w-]+\.md)[^)]*\)/g, '$1 (`docs/guides/$2`)')
  return [
    `# What is left to do for ${baseUrl}`,
    'Written by `rolebridge init`. Nothing in it is secret; `certs/*.pem` and `certs/secret` are.',
    '',
    `## 1. At ${beginningOf(kind).label}`,
    body,
    ...(awaits === undefined
      ? []
      : [
          '',
          `Save the metadata as \`${awaits}\` beside \`${places.configuration}\`, or name its URL there.`,
        ]),
    '',
    `## 2. In AWS, once in each account`,
    ...inAws(answers, account),
    '',
    '## 3. Here',
    ...here(baseUrl),
    '',
  ].join('\n')
}

function inAws({ federation, kind, baseUrl, region }: Answers, account: string): readonly string[] {
  const isReissue = federation === 'reissue'
  const provider = isReissue ? 'rolebridge' : kind
  const arn = `arn:${partitionOf(region)}:iam::${account}:`
  const document = isReissue
    ? `\`${places.awsMetadata}\` is what IAM has to know of the bridge.`
    : `\`${places.metadata}\` is the identity provider’s metadata: save it under this name if it is not there.`
  const metadata = isReissue ? places.awsMetadata : places.metadata
  const parameters = [`ProviderName=${provider}`, ...(isReissue ? [] : [`Recipient=${baseUrl}/saml/acs`])]
  return [
    document,
    `This makes the SAML provider \`${provider}\` and a first role, \`ViewOnly\`:`,
    '```sh',
    `aws iam create-saml-provider --name ${provider} --saml-metadata-document file://${metadata}`,
    `aws cloudformation deploy --stack-name rolebridge --template-file ${places.template} \\`,
    `  --capabilities CAPABILITY_NAMED_IAM --parameter-overrides ${parameters.join(' ')}`,
    '```',
    ...(isReissue
      ? [`People in the group \`aws-${account}-ViewOnly\` then find that role in their portal.`]
      : [
          'The identity provider has to offer it, as said above:',
          `\`${arn}role/ViewOnly,${arn}saml-provider/${provider}\`.`,
        ]),
  ]
}

function here(baseUrl: string): readonly string[] {
  const isLocal = baseUrl.startsWith('http:')
  return [
    '```sh',
    `rolebridge check --live --config ${places.configuration}`,
    `rolebridge serve --config ${places.configuration}`,
    '```',
    isLocal
      ? `Open ${baseUrl} and sign in.`
      : `The proxy in front speaks TLS for ${baseUrl} and passes on to port 8080. Open ${baseUrl} and sign in.`,
    'Who has no role yet reads there what the identity provider said, and why no rule led anywhere.',
  ]
}

/** The script for AD FS with this installation's values in its first lines. */
export function scriptFor(script: string, { answers, audience }: StepValues): string {
  const { baseUrl, federation, kind, region } = answers
  const identifier = federation === 'passthrough' ? audience : `${baseUrl}/saml/metadata`
  // What AWS reads comes from the bridge then.
  const own = federation === 'reissue' ? script.replace(/\n@RuleName = "AWS role"[\s\S]*?(?="@)/, '') : script
  return own
    .replace(/^# As it is, it fits[\s\S]*?(?=\$bridge)/m, '')
    .replace(/^(\$bridge +=) .*$/m, (_, start) => `${start} '${baseUrl}'`)
    .replace(/^(\$identifier +=) '[^']*'/m, (_, start) => `${start} '${identifier}'`)
    .replace(/^(\$provider +=) '[^']*'/m, (_, start) => `${start} '${kind}'`)
    .replaceAll('arn:aws:', `arn:${partitionOf(region)}:`)
}
