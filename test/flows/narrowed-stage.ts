import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer } from 'node:net'
import { signedCall } from '../demo/signed-call.ts'
import type { Stage } from '../stage.ts'

const account = '111122223333'

export const arnOf = (name: string) => `arn:aws:iam::${account}:role/${name}`

/** The rules of a configuration: one for each of these roles, all for alice, on these terms. */
export const roles = (terms: Readonly<Record<string, string>>, first = '') => {
  const rules = Object.entries(terms).map(
    ([name, grant]) => `  - id: ${name}
    match: { groups: '^aws-111122223333-Admin$' }
    grant: { role: '${arnOf(name)}'${grant && `, ${grant}`} }
`,
  )
  return (yaml: string) =>
    yaml.replace(/^rules:[\s\S]*?(?=^auditors)/m, () => `rules:\n${first}${rules.join('')}`)
}

/** Lets the bridge's SAML provider open these roles in the local STS. */
export function open(stage: Stage, names: readonly string[]): void {
  for (const name of names)
    stage.role(arnOf(name), {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${account}:saml-provider/rolebridge` },
      Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
    })
}

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** What the small S3 lets these credentials do with one object: the status of reading it, and of writing it. */
export async function tries(
  stage: Stage,
  credentials: Keys,
  { object = 'demo/hello.txt', url = stage.world.urls.sts } = {},
) {
  const call = async (method: 'GET' | 'PUT', path: string) => {
    const ask = {
      url,
      credentials,
      at: stage.now(),
      service: 's3',
      method,
      path,
      body: '',
    }
    return (await signedCall(ask)).status
  }
  const read = await call('GET', `/s3/${object}`)
  const write = await call('PUT', '/s3/demo/written.txt')
  return { read, write }
}

/** The local AWS as it is reached from another address of this machine. */
export async function from(stage: Stage, localAddress: string) {
  const { port } = new URL(stage.world.urls.sts)
  const server = createServer((socket) => {
    const onward = connect({ port: Number(port), host: '127.0.0.1', localAddress })
    for (const end of [socket, onward]) end.on('error', () => {})
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => void server.close() }
}

/** The last record of this type in the audit trail. */
export async function lastOf(stage: Stage, type: string): Promise<Record<string, unknown>> {
  const found = (await stage.audit()).findLast((event) => event.type === type)
  assert.ok(found, `no ${type} in the trail`)
  return found
}

export const policy = (...statements: object[]) => ({
  Version: '2012-10-17',
  Statement: statements.map((one) => ({ Effect: 'Allow', ...one })),
})
