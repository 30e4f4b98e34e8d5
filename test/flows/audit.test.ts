import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import type { Stage } from '../stage.ts'
import { databases, type Kept, startKept } from './audit-stage.ts'
import { Program } from './program.ts'

type Sent = Readonly<Record<string, unknown>>

const admin = 'arn:aws:iam::111122223333:role/Admin'
const formula = '=HYPERLINK("https://evil.example","click")'

for (const kind of databases) {
  describe(`the audit trail behind its doors, on ${kind}`, () => {
    let kept: Kept
    let stage: Stage
    let cli: Program
    let [alice, bob, carol] = ['', '', '']

    before(async () => {
      kept = await startKept(kind)
      stage = kept.stage
      cli = new Program(stage, formula)
      alice = (await cli.signIn('alice')).body.access_token
      bob = (await cli.signIn('bob')).body.access_token
      carol = (await cli.signIn('carol')).body.access_token
      await cli.api('POST', '/api/v1/credentials', alice, { role: admin, purpose: 'INC-1' })
      await cli.api('POST', '/api/v1/credentials', bob, { role: admin })
    })
    after(() => kept?.close())

    const ask = async (token: string, query: Record<string, string> = {}) => {
      stage.advance(3) // a person may ask thirty times a minute
      return cli.api('GET', `/api/v1/audit?${new URLSearchParams(query)}`, token)
    }
    const records = async (token: string, query: Record<string, string> = {}): Promise<Sent[]> => {
      const { status, body } = await ask(token, query)
      assert.equal(status, 200, JSON.stringify(body))
      return body.records
    }
    const first = async (query: Record<string, string>): Promise<Sent> => {
      const [found] = await records(carol, query)
      assert.ok(found, JSON.stringify(query))
      return found
    }

    test('an auditor finds what happened by each thing that may be known of it', async () => {
      const taken = await first({ type: 'credentials_issued' })
      assert.equal(taken.roleArn, admin)
      const queries: Record<string, string>[] = [
        { user: 'alice@corp.example' },
        { role: admin },
        { account: '111122223333' },
        { rule: String(taken.rule) },
        { request: String(taken.requestId) },
        { session: String(taken.sessionId) },
        { address: String(taken.sourceIp) },
        { access_key: String(taken.accessKeyId) },
        { id: String(taken.id) },
        { text: 'inc-1' },
        { idp: 'demo', outcome: 'ok' },
        { since: '1h' },
        { until: new Date(stage.now() + 3_600_000).toISOString() },
      ]
      for (const query of queries) {
        const found = await records(carol, { ...query, type: 'credentials_issued,sign_in' })
        assert.ok(
          found.some(({ id }) => id === taken.id),
          JSON.stringify(query),
        )
      }
      const refused = await records(carol, { outcome: 'refused', code: 'not_entitled' })
      assert.deepEqual([...new Set(refused.map(({ user }) => user))], ['bob@corp.example'])
      assert.deepEqual(await records(carol, { since: '1h', until: '30m' }), [])
    })

    test('what is no filter is refused and says why', async () => {
      for (const [query, say] of [
        [{ since: 'yesterday' }, /since must be a time such as/],
        [{ until: '2026-13-01' }, /until must be a time/],
        [{ outcome: 'good' }, /outcome must be ok or refused/],
        [{ role: 'Admin' }, /role must be the ARN of a role/],
        [{ limit: '1001' }, /limit must be 1 to 1000/],
        [{ limit: '0' }, /limit must be/],
        [{ format: 'xml' }, /format must be one of json, ndjson, csv, ocsf/],
        [{ format: 'csv', before: 'x' }, /before turns pages/],
        [{ before: 'x' }, /cursor/],
        [{ after: 'x' }, /cursor/],
      ] as const) {
        const { status, body } = await ask(carol, query)
        assert.equal(status, 400, JSON.stringify([query, body]))
        assert.match(body.title, say)
      }
    })

    test('pages follow each other to the end, each record once', async () => {
      const all = await records(carol, { user: 'alice@corp.example', limit: '1000' })
      const seen: unknown[] = []
      let next: string | undefined
      do {
        const { body } = await ask(carol, {
          user: 'alice@corp.example',
          limit: '2',
          ...(next !== undefined && { before: next }),
        })
        seen.push(...body.records.map(({ id }: Sent) => id))
        next = body.next
      } while (next !== undefined)
      assert.ok(seen.length > 2)
      assert.deepEqual(
        seen,
        all.map(({ id }) => id),
      )
    })

    test('a follower gets what comes in from then on, in every format, and nothing twice', async () => {
      const { body } = await ask(carol, { limit: '1' })
      const quiet = await ask(carol, { after: body.follow, user: 'alice@corp.example' })
      assert.deepEqual(quiet.body.records, [])
      await cli.api('POST', '/api/v1/credentials', alice, { role: admin })
      const news = await ask(carol, { after: quiet.body.next, user: 'alice@corp.example' })
      assert.deepEqual(
        news.body.records.map(({ type }: Sent) => type),
        ['credentials_issued'],
      )
      for (const format of ['ndjson', 'ocsf', 'csv']) {
        const again = await ask(carol, { after: quiet.body.next, user: 'alice@corp.example', format })
        assert.match(String(again.body), new RegExp(String(news.body.records[0].requestId)))
        const next = String(again.headers.get('rolebridge-cursor'))
        assert.deepEqual((await ask(carol, { after: next, user: 'alice@corp.example' })).body.records, [])
      }
      const fromTheBeginning = await ask(carol, { after: '', limit: '1' })
      assert.equal(fromTheBeginning.body.records[0].type, 'server_started')
    })

    test('everything at once: as lines, as OCSF, and as a table that runs nothing in a spreadsheet', async () => {
      const query = { user: 'alice@corp.example' }
      const ids = (await records(carol, { ...query, limit: '1000' })).map(({ id }) => id)
      const lines = String((await ask(carol, { ...query, format: 'ndjson' })).body)
      assert.deepEqual(
        lines
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).id),
        ids,
      )
      const ocsf = String((await ask(carol, { ...query, format: 'ocsf', limit: '2' })).body)
      assert.deepEqual(
        ocsf
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).metadata.uid),
        ids.slice(0, 2),
      )
      stage.advance(10)
      const csv = await fetch(`${stage.url}/api/v1/audit?user=alice@corp.example`, {
        headers: { authorization: `Bearer ${carol}`, accept: 'text/csv' },
      })
      assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/)
      assert.match(csv.headers.get('content-disposition') ?? '', /^attachment/)
      const table = await csv.text()
      assert.equal(table.trimEnd().split('\r\n').length, ids.length + 1)
      assert.ok(table.includes(`"'=HYPERLINK(""https://evil.example"",""click"")"`))
      assert.doesNotMatch(table, /(?:^|,)"?=/m)
    })

    test('whoever is no auditor gets nothing of others, by whichever filter', async () => {
      const his = await records(carol, { user: 'alice@corp.example', limit: '1000' })
      const taken = his.find(({ type }) => type === 'credentials_issued') as Sent
      const forbidden = await ask(bob, { user: 'alice@corp.example' })
      assert.deepEqual([forbidden.status, forbidden.body.code], [403, 'not_entitled'])
      const queries: Record<string, string>[] = [
        { session: String(taken.sessionId) },
        { request: String(taken.requestId) },
        { id: String(taken.id) },
        { access_key: String(taken.accessKeyId) },
        { text: 'alice' },
        { text: 'INC-1' },
        { rule: String(taken.rule) },
        { since: '7d' },
        { type: 'server_started,credentials_issued' },
        { after: '' },
      ]
      const mine = (await records(bob, { limit: '1000' })).map(({ id }) => id)
      assert.ok(mine.length > 0)
      for (const query of queries)
        for (const format of ['json', 'ndjson', 'csv', 'ocsf']) {
          const { status, body } = await ask(bob, { ...query, format })
          assert.equal(status, 200)
          assert.doesNotMatch(JSON.stringify(body), /alice@corp/, JSON.stringify([query, format]))
        }
      const browser = new Person()
      await browser.signIn(stage.url, 'bob')
      stage.advance(10)
      assert.equal((await browser.get(`${stage.url}/audit/${taken.id}`)).status, 404)
      for (const query of [...queries, { q: String(taken.requestId) }, { q: 'alice@corp.example' }]) {
        stage.advance(10)
        const { after: _, ...filters } = query
        const page = await browser.get(`${stage.url}/audit?${new URLSearchParams(filters)}`)
        assert.equal(page.status, 200, page.text)
        const shown = page.text.replace(/<form class="filter"[\s\S]*?<\/form>|href="[^"]*"/g, '')
        assert.doesNotMatch(shown, /alice@corp/, JSON.stringify(query))
      }
      stage.advance(10)
      const refused = await browser.get(`${stage.url}/audit?user=alice@corp.example`)
      assert.equal(refused.status, 403)
      const table = await browser.get(`${stage.url}/audit/export?format=csv`)
      assert.match(table.text, /bob@corp\.example/)
      assert.doesNotMatch(table.text, /alice@corp/)
    })

    test('neither a list, a record nor a picture of one’s own counts those of others', async () => {
      const browser = new Person()
      await browser.signIn(stage.url, 'bob')
      const page = await browser.get(`${stage.url}/audit`)
      const total = (name: string) =>
        Number(new RegExp(`${name}</span><span class="total">(\\d+)`).exec(page.text)?.[1])
      const own = await records(bob, { limit: '1000' })
      assert.equal(total('Sign-ins'), own.filter(({ type }) => type === 'sign_in').length)
      assert.equal(total('Hand-outs'), 0)
    })

    test('an auditor who looks at others is written down once, before pages and polls repeat it; nobody is for their own', async () => {
      const reads = async () => (await stage.audit()).filter(({ type }) => type === 'audit_read')
      const before = (await reads()).length
      for (let poll = 0; poll < 5; poll++) await ask(carol, { rule: 'x', limit: '1' })
      for (let poll = 0; poll < 5; poll++) await ask(carol, { mine: 'yes', limit: '1' })
      for (let poll = 0; poll < 5; poll++) await ask(bob, { limit: '1' })
      const [read, ...more] = (await reads()).slice(before)
      assert.deepEqual(more, [])
      assert.deepEqual([read?.user, read?.filter, read?.records], ['carol@corp.example', { rule: 'x' }, 0])
    })

    test('a text that was looked for may be a secret: of it the trail keeps its length, and still tells two apart', async () => {
      const reads = async () => (await stage.audit()).filter(({ type }) => type === 'audit_read')
      const before = (await reads()).length
      for (const text of ['wJalrXUtnFEMI/K7', 'another-16-chars']) await ask(carol, { text, limit: '1' })
      const found = (await reads()).slice(before)
      assert.deepEqual(
        found.map(({ filter }) => filter),
        [{ textLength: 16 }, { textLength: 16 }],
      )
      assert.doesNotMatch(JSON.stringify(await stage.audit()), /wJalrXUtnFEMI|another-16/)
    })

    test('an export is written down before it begins and when it ended, with how many records left', async () => {
      const exported = async () => (await stage.audit()).filter(({ type }) => type === 'audit_exported')
      const before = (await exported()).length
      const lines = String((await ask(carol, { format: 'ndjson', limit: '3' })).body)
      assert.equal(lines.trimEnd().split('\n').length, 3)
      const [begun, ended] = (await exported()).slice(before)
      assert.deepEqual(
        [begun?.stage, begun?.format, begun?.user, begun?.records],
        ['begun', 'ndjson', 'carol@corp.example', undefined],
      )
      assert.deepEqual([ended?.stage, ended?.records, ended?.whole], ['ended', 3, true])
    })

    test('thirty questions of a person in a minute, by all doors', async () => {
      stage.advance(60 - ((stage.now() / 1000) % 60))
      const statuses: number[] = []
      for (let index = 0; index < 31; index++)
        statuses.push((await cli.api('GET', '/api/v1/audit?limit=1', bob)).status)
      assert.deepEqual([statuses.filter((status) => status === 200).length, statuses.at(-1)], [30, 429])
      stage.advance(10)
    })

    test('the page turns to older records and back, and opens each with its neighbours of the same session', async () => {
      const browser = new Person()
      for (let index = 0; index < 60; index++)
        await cli.api('POST', '/api/v1/credentials', alice, { role: admin })
      await browser.signIn(stage.url, 'carol')
      stage.advance(10)
      const page = await browser.get(`${stage.url}/audit?user=alice%40corp.example`)
      assert.ok(Buffer.byteLength(page.text) < 50_000, `${Buffer.byteLength(page.text)} bytes`)
      const ids = (text: string) => [...text.matchAll(/href="\/audit\/([\w-]+)">Whole/g)].map(([, id]) => id)
      const link = (text: string, name: string) =>
        new RegExp(`href="([^"]*)">${name}</a>`).exec(text)?.[1]?.replaceAll('&amp;', '&')
      assert.equal(ids(page.text).length, 50)
      const older = await browser.get(stage.url + link(page.text, 'Older'))
      assert.ok(ids(older.text).length > 10)
      assert.match(String(link(older.text, 'Older') ?? 'none'), /none|user=alice/)
      const newer = await browser.get(stage.url + link(older.text, 'Newer'))
      assert.deepEqual(ids(newer.text), ids(page.text))
      const [id] = ids(page.text)
      const record = await browser.get(`${stage.url}/audit/${id}`)
      assert.match(record.text, /alice@corp\.example took Admin in 111122223333/)
      assert.match(record.text, /In the same session/)
      assert.match(record.text, /&#34;type&#34;: &#34;credentials_issued&#34;/)
    })

    test('the quick field knows a request id, and every error page leads an auditor to it', async () => {
      const browser = new Person()
      await browser.signIn(stage.url, 'carol')
      stage.advance(10)
      const error = await browser.get(`${stage.url}/console?account_id=111122223333&role_name=Nope`)
      const [, address = '', id = ''] = /href="(\/audit\?request=([\w-]+))">Look it up/.exec(error.text) ?? []
      assert.match(error.text, new RegExp(`<code>${id}</code>`))
      for (const path of [address, `/audit?q=${id}`]) {
        const found = await browser.get(stage.url + path)
        assert.match(found.text, /carol@corp\.example did not get Nope in 111122223333: not_entitled/)
      }
      const other = new Person()
      await other.signIn(stage.url, 'alice')
      const plain = await other.get(`${stage.url}/console?account_id=111122223333&role_name=Nope`)
      assert.doesNotMatch(plain.text, /Look it up/)
      const nothing = await browser.get(`${stage.url}/audit?request=AAAAAAAAAAAAAAAA`)
      assert.match(nothing.text, /No record fits[\s\S]*Not every request leaves a record/)
    })

    test('fields that a form sent empty are left out of the address', async () => {
      const browser = new Person()
      await browser.signIn(stage.url, 'carol')
      const answer = await browser.get(`${stage.url}/audit?q=&user=bob%40corp.example&rule=`)
      assert.deepEqual([answer.status, answer.location], [303, '/audit?user=bob%40corp.example'])
    })

    test('a filter that there is none of is named by the page, and refused by the export', async () => {
      const browser = new Person()
      await browser.signIn(stage.url, 'carol')
      const page = await browser.get(`${stage.url}/audit?user=bob%40corp.example&usr=alice&__proto__=1`)
      assert.equal(page.status, 200)
      assert.match(page.text, /There is no filter called “usr”, “__proto__”/)
      assert.match(page.text, /<a href="\/audit\?user=bob%40corp\.example">Without it</)
      const none = await browser.get(`${stage.url}/audit?user=bob%40corp.example`)
      assert.doesNotMatch(none.text, /There is no filter/)
      const all = await browser.get(`${stage.url}/audit/export?format=csv&usr=alice`)
      assert.equal(all.status, 400)
      assert.match(all.text, /There is no filter called “usr”/)
    })

    test('a record says what its fields are in words, and no field by the name of the program', async () => {
      const browser = new Person()
      await browser.signIn(stage.url, 'carol')
      const { id } = await first({ type: 'credentials_issued' })
      const { text } = await browser.get(`${stage.url}/audit/${id}`)
      for (const words of ['Region of STS', 'Source identity', 'Handed out before'])
        assert.match(text, new RegExp(`<dt>${words}`))
      assert.match(text, /<dt>Handed out before<.dt><dd><bdi>no</)
      assert.doesNotMatch(text, /<dt>[a-z]/)
    })

    test('an address that does not exist has the header of whoever is signed in, and leads auditors to the request', async () => {
      const stranger = await new Person().get(`${stage.url}/nothing-here`)
      assert.equal(stranger.status, 404)
      assert.doesNotMatch(stranger.text, /Look it up|Sign out/)
      const auditor = new Person()
      await auditor.signIn(stage.url, 'carol')
      const page = await auditor.get(`${stage.url}/nothing-here`)
      assert.equal(page.status, 404)
      assert.match(page.text, /carol@corp\.example[\s\S]*Sign out[\s\S]*Look it up/)
      assert.match(page.text, /href="\/people"/)
      const somebody = new Person()
      await somebody.signIn(stage.url, 'alice')
      const plain = await somebody.get(`${stage.url}/nothing-here`)
      assert.match(plain.text, /Sign out/)
      assert.doesNotMatch(plain.text, /Look it up|href="\/people"/)
    })
  })
}
