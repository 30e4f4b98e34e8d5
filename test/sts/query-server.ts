import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface Recorded {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: URLSearchParams
}

export interface QueryServer {
  readonly url: string
  readonly requests: Recorded[]
  /** Sockets that were opened so far. */
  connections(): number
  /** How the next requests are answered; the last one stays. */
  answer(...answers: ((response: ServerResponse) => void)[]): void
}

/** A real HTTP server that records form posts and answers with what the test says; ends with the test. */
export async function startQueryServer(t: TestContext): Promise<QueryServer> {
  const requests: Recorded[] = []
  let answers: ((response: ServerResponse) => void)[] = []
  let connections = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    requests.push({ method, url, headers, body: new URLSearchParams(body) })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    answer?.(response)
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    answer: (...next) => {
      answers = next
    },
  }
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

export const success =
  (expiration = '2026-01-02T03:04:05Z') =>
  (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/xml', 'x-amzn-requestid': 'r-1' }).end(
      `<AssumeRoleWithSAMLResponse xmlns="${namespace}"><AssumeRoleWithSAMLResult>
  <Issuer>https://bridge.example</Issuer><Subject>alice</Subject><SubjectType>persistent</SubjectType>
  <AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:alice</AssumedRoleId>
    <Arn>arn:aws:sts::111122223333:assumed-role/Admin/alice</Arn></AssumedRoleUser>
  <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret/+=</SecretAccessKey>
    <SessionToken>token&amp;token</SessionToken><Expiration>${expiration}</Expiration></Credentials>
  <Audience>https://signin.aws.amazon.com/saml</Audience><PackedPolicySize>6</PackedPolicySize>
</AssumeRoleWithSAMLResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>
</AssumeRoleWithSAMLResponse>`,
    )

export const failure = (status: number, code: string, message: string) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': 'req-42' }).end(
    `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code>
  <Message>${message}</Message></Error><RequestId>req-42</RequestId></ErrorResponse>`,
  )
