import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { loadConfig } from '../../src/config.ts'
import { createDemoIdp, createLocalSts, demoAws, listenOnLoopback, selfSigned } from '../../src/demo/index.ts'
import { createLog } from '../../src/events/index.ts'
import { serve } from '../../src/main.ts'
import { ended } from '../cli/command-line.ts'
import { decide, Program } from '../flows/program.ts'
import { freePort } from '../free-port.ts'
import { Person } from '../person.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Listens first, so that the address is known to those who answer there. */
async function site(): Promise<{
  url: string
  answer: (handler: RequestListener) => void
  close: () => void
}> {
  let handler: RequestListener | undefined
  const { server, url } = await listenOnLoopback((request, response) => handler?.(request, response), 0)
  return {
    url,
    answer: (given) => {
      handler = given
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('what init writes', () => {
  for (const mode of ['reissue', 'passthrough'] as const)
    test(`serves as it is and leads to credentials at STS, ${mode}`, async (context) => {
      const folder = mkdtempSync(join(tmpdir(), 'rolebridge-init-'))
      const [idp, sts] = [await site(), await site()]
      let offset = 0
      const clock = () => Date.now() + offset
      const url = `http://localhost:${await freePort()}`
      context.after(() => rmSync(folder, { recursive: true }))
      context.after(() => {
        idp.close()
        sts.close()
      })
      const flags = {
        provider: 'generic',
        url,
        mode,
        region: 'eu-west-1',
        accounts: '111122223333=production',
        metadata: `${idp.url}/metadata`,
        sts: sts.url,
        folder,
      }
      const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
      const { code, stdout, stderr } = await ended(
        spawn(process.execPath, ['--import', 'tsx', program, 'init', ...args], {
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      )
      assert.equal(code, 0, stderr)
      assert.match(stdout, /rolebridge\.yaml\n.*STEPS\.md/)
      const config = loadConfig(join(folder, 'rolebridge.yaml'), {})

      const keys = await selfSigned({ commonName: 'idp', days: 10, now: Date.now() })
      const demoIdp = createDemoIdp({
        baseUrl: idp.url,
        ...keys,
        clock,
        sp: { metadata: async () => readFileSync(join(folder, 'sp-metadata.xml'), 'utf8') },
        response: mode === 'passthrough' ? { passthrough: {} } : {},
      })
      idp.answer(demoIdp)
      const idpMetadata = await (await fetch(`${idp.url}/metadata`)).text()
      const trusted =
        mode === 'reissue'
          ? { reissue: { metadata: readFileSync(join(folder, 'aws-metadata.xml'), 'utf8') } }
          : { passthrough: { metadata: idpMetadata, acsUrl: `${url}/saml/acs` } }
      sts.answer(createLocalSts({ baseUrl: sts.url, clock, state: demoAws(trusted) }).app)

      const log = createLog({ clock, write: () => {} })
      const running = await serve(config, { version: 'test', clock, log })
      context.after(() => running.stop('end of test'))
      const cli = new Program({ url })
      const started = await cli.start()
      const alice = new Person()
      const asked = await alice.signIn(url, 'alice', 'alice', `/device?user_code=${started.body.user_code}`)
      await decide(alice, asked, 'approve', () => {
        offset += 1000
      })
      const token = (await cli.poll(started.body.device_code)).body.access_token
      const role = 'arn:aws:iam::111122223333:role/Admin'
      const { body } = await cli.api('POST', '/api/v1/credentials', token, { role })
      const client = new STSClient({
        region: 'eu-west-1',
        endpoint: sts.url,
        credentials: {
          accessKeyId: body.accessKeyId,
          secretAccessKey: body.secretAccessKey,
          sessionToken: body.sessionToken,
        },
      })
      const { Arn } = await client.send(new GetCallerIdentityCommand({}))
      assert.match(Arn ?? '', /^arn:aws:sts::111122223333:assumed-role\/Admin\/alice(@corp\.example)?$/)
    })
})
