import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { ended } from '../cli/command-line.ts'
import { type OwnProcess, startProcess } from '../own-process.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { Program } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

/** People who take credentials one after the other, whatever becomes of the bridge. */
function takers(bridge: OwnProcess, tokens: readonly string[]) {
  const keys: string[] = []
  let over = false
  const take = async (token: string) => {
    const program = new Program(bridge)
    while (!over) {
      const answer = await program
        .api('POST', '/api/v1/credentials', token, { role: admin })
        .catch(() => undefined)
      if (answer?.status === 200) keys.push(answer.body.accessKeyId)
      else await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const all = tokens.map(take)
  return {
    keys,
    end: () => {
      over = true
      return Promise.all(all)
    },
  }
}

/** Whoever approves looks at the page for a second, by the bridge's own clock. */
async function tokenOf(bridge: OwnProcess, name: string): Promise<string> {
  const look = () => new Promise<void>((resolve) => setTimeout(resolve, 1200))
  const { body } = await new Program(bridge).signIn(name, undefined, look)
  assert.ok(body.access_token, JSON.stringify(body))
  return body.access_token
}

/** Kills the bridge, each time in the middle of what people do, and starts it again; resolves with what they got. */
async function killedWhileTaking(bridge: OwnProcess, rounds: number): Promise<readonly string[]> {
  const tokens = await Promise.all(['alice', 'alice', 'alice'].map((name) => tokenOf(bridge, name)))
  const taking = takers(bridge, tokens)
  for (let round = 0; round < rounds; round++) {
    const before = taking.keys.length
    while (taking.keys.length < before + 5 + round * 3) await new Promise((resolve) => setTimeout(resolve, 1))
    await bridge.end('SIGKILL')
    await bridge.again()
  }
  await taking.end()
  return taking.keys
}

/** Access keys of all hand-outs that an auditor finds. */
async function keysInHistory(bridge: OwnProcess): Promise<readonly string[]> {
  const program = new Program(bridge)
  const carol = await tokenOf(bridge, 'carol')
  const lines = await program.api('GET', '/api/v1/audit?type=credentials_issued&format=ndjson', carol)
  return String(lines.body)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).accessKeyId)
}

function eachOnce(taken: readonly string[], kept: readonly string[], where: string) {
  assert.ok(taken.length > 10)
  assert.equal(new Set(kept).size, kept.length, `${where}: one is there twice`)
  assert.deepEqual(
    taken.filter((key) => !kept.includes(key)),
    [],
    `${where}: one is missing`,
  )
}

async function audit(bridge: OwnProcess, ...args: string[]) {
  const options = ['--config', bridge.world.configFile]
  return ended(
    spawn(process.execPath, [await builtProgram(), 'audit', ...args, ...options], {
      env: { PATH: process.env.PATH },
    }),
  )
}

test('a bridge that is killed again and again lost no hand-out: each is in the file, and once in the history, also in one built anew', async () => {
  const bridge = await startProcess({ config: (yaml) => `${yaml}\nhistory: sqlite:history.db\n` })
  try {
    const keys = await killedWhileTaking(bridge, 4)
    const { text, whole } = await bridge.trail()
    assert.ok(whole)
    const inFile = [...text.matchAll(/"type":"credentials_issued".*?"accessKeyId":"(\w+)"/g)].map(([, key]) =>
      String(key),
    )
    eachOnce(keys, inFile, 'the file')
    eachOnce(keys, await keysInHistory(bridge), 'the history')
    await bridge.end()
    for (const name of ['', '-wal', '-shm'])
      await rm(join(bridge.folder, `history.db${name}`), { force: true })
    for (const added of [/; [1-9]\d* of them are new/, /; 0 of them are new/]) {
      const rebuilt = await audit(bridge, 'rebuild')
      assert.deepEqual([rebuilt.code, added.test(rebuilt.stdout)], [0, true], rebuilt.stdout + rebuilt.stderr)
    }
    await bridge.again()
    eachOnce(keys, await keysInHistory(bridge), 'the history, built anew')
  } finally {
    await bridge.close()
  }
})

describe('two bridges whose trail is one PostgreSQL', () => {
  let server: PostgresServer
  let url: string
  const bridges: OwnProcess[] = []
  before(async () => {
    server = await startPostgres()
    url = await server.database()
    for (const node of ['one', 'two'])
      bridges.push(
        await startProcess({
          config: (yaml) =>
            `${yaml.replace(/^audit: .*\n/m, '')}\naudit: { stdout: false, database: required }\nhistory: ${url}\nnode: ${node}\n`,
        }),
      )
  })
  after(async () => {
    for (const bridge of bridges) await bridge.close()
    await server?.stop()
  })

  test('are killed while people take credentials: each hand-out is there once, and both chains are whole', async () => {
    const [one, two] = bridges as [OwnProcess, OwnProcess]
    const keys = (await Promise.all([killedWhileTaking(one, 2), killedWhileTaking(two, 2)])).flat()
    eachOnce(keys, await keysInHistory(one), 'the database')
    const { code, stdout, stderr } = await audit(two, 'verify')
    assert.deepEqual([code, stdout.match(/the chain is whole/g)?.length], [0, 2], stdout + stderr)
  })

  test('rolebridge audit verify notices what was edited, removed, reordered and cut off there', async () => {
    for (const bridge of bridges) await bridge.end()
    const [one] = bridges as [OwnProcess]
    const verify = (...more: string[]) => audit(one, 'verify', '--node', 'one', ...more)
    const whole = await verify()
    const [, head = ''] = /kept elsewhere: (\S+)/.exec(whole.stdout) ?? []
    assert.deepEqual([whole.code, /^\d+:[0-9a-f]{64}$/.test(head)], [0, true], whole.stderr)
    await server.query(
      url,
      'create table kept as select * from records; create table ends as select * from chains',
    )
    const own = `node = 'one'`
    const end = `(select seq from ends where ${own})`
    for (const [change, reason, ...more] of [
      [
        `update records set line = replace(line, 'alice', 'mallory') where ${own} and seq = 5`,
        /the line before was changed/,
      ],
      [`delete from records where ${own} and seq = 5`, /line number 6 follows 4: lines are missing/],
      [
        `update records set line = other.line from kept other where records.${own} and other.${own}
           and records.seq in (5, 6) and other.seq = 11 - records.seq`,
        /line number 6 follows 4/,
      ],
      [`delete from records where ${own} and seq = ${end}`, /was anchored: lines were cut off/],
      [
        `delete from records where ${own} and seq = ${end};
         update chains set seq = seq - 1, hash = (select line::json->>'prev' from kept where ${own} and seq = ${end}) where ${own}`,
        /was anchored: lines were cut off/,
        '--head',
        head,
      ],
    ] as const) {
      await server.query(url, change)
      const found = await verify(...more)
      assert.deepEqual(
        [found.code, reason.test(found.stderr)],
        [3, true],
        `${change}: ${found.stdout}${found.stderr}`,
      )
      if (more.length > 0)
        assert.equal((await verify()).code, 0, 'a chain cannot show that its end was cut off')
      await server.query(
        url,
        `delete from records; insert into records overriding system value select * from kept;
         delete from chains; insert into chains select * from ends`,
      )
    }
    assert.equal((await verify('--head', head)).code, 0)
  })
})
