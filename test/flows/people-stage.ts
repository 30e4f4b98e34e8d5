import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { Stage } from '../stage.ts'
import { Program } from './program.ts'

/** Alice may take roles, carol audits, sam administers, and so does the job of one repository. */
export const offices = (yaml: string) =>
  yaml.replace(
    /^auditors:[\s\S]*/m,
    () => `auditors: { groups: '^security$' }
administrators:
  - { groups: '^secops$' }
  - { workload: '^ci$', repository: '^corp/leavers$' }
`,
  )

/** A program that is signed in as somebody. */
export async function signedIn(stage: Pick<Stage, 'url'>, name: string) {
  const program = new Program(stage)
  const { body, person } = await program.signIn(name)
  const token: string = body.access_token
  const api = (method: string, path: string, wish?: unknown) => program.api(method, path, token, wish)
  return { program, person, token, refreshToken: body.refresh_token as string, api }
}

/** The job of the leaver process: a token of its platform, and no secret. */
export async function leaverJob(stage: Pick<Stage, 'url' | 'world'>, repository = 'corp/leavers') {
  const program = new Program(stage)
  const { status, body } = await program.form('/oauth/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: await stage.world.platform.mint({ aud: stage.url, repository }),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  })
  assert.equal(status, 200, JSON.stringify(body))
  return (method: string, path: string, wish?: unknown) => program.api(method, path, body.access_token, wish)
}

/** STS behind a gate: while it is shut, questions wait. */
export async function startGate() {
  let target = ''
  let opened: Promise<void> | undefined
  let open = () => {}
  let arrived = () => {}
  const server = createServer(async (from, to) => {
    arrived()
    await opened
    const ask = request(target + from.url, { method: from.method, headers: from.headers })
    ask.on('response', (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(to)
    })
    from.pipe(ask)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    /** Puts the gate into the configuration. */
    config: (yaml: string) =>
      yaml.replace(/(?<=^ *stsEndpoint: )\S+/m, (url) => {
        target = url
        return `http://127.0.0.1:${port}`
      }),
    /** Resolves when a question waits at the gate, once it is shut. */
    shut(): Promise<void> {
      opened = new Promise((resolve) => {
        open = resolve
      })
      return new Promise((resolve) => {
        arrived = resolve
      })
    },
    open: () => open(),
    close: () => void server.close(),
  }
}
