import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeProxy, outgoingOptions, readProxyOptions } from '../../src/outgoing/index.ts'
import { leadsThrough } from '../../src/outgoing/proxy.ts'

const faults = (input: unknown) => {
  const result = outgoingOptions.safeParse(input)
  return result.success ? [] : result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`)
}
const shown = (options: object, env: Record<string, string>) => {
  const { proxy, fault } = readProxyOptions(options, env)
  return fault ?? (proxy && `${proxy.url} ${proxy.from} ${proxy.noProxy.join(' ')}`.trim())
}

test('the configuration wins over the environment, and may ignore it', () => {
  const env = { HTTPS_PROXY: 'http://env:1', NO_PROXY: 'a.example, .b.example' }
  assert.equal(shown({ proxy: 'http://file:2' }, env), 'http://file:2 outgoing.proxy a.example .b.example')
  assert.equal(shown({ proxy: 'http://file:2', noProxy: [] }, env), 'http://file:2 outgoing.proxy')
  assert.equal(shown({ proxy: 'none' }, env), undefined)
  assert.equal(shown({}, env), 'http://env:1 HTTPS_PROXY a.example .b.example')
})

test('reads the variables that other programs read, small letters first', () => {
  assert.equal(shown({}, {}), undefined)
  assert.equal(shown({}, { HTTPS_PROXY: '' }), undefined)
  assert.equal(shown({}, { HTTPS_PROXY: 'http://b:1', https_proxy: 'http://a:1' }), 'http://a:1 https_proxy')
  assert.equal(shown({}, { HTTP_PROXY: 'http://c:1' }), 'http://c:1 HTTP_PROXY')
  assert.equal(shown({}, { HTTPS_PROXY: 'proxy.corp:3128' }), 'http://proxy.corp:3128 HTTPS_PROXY')
})

test('what is no proxy is a fault that does not repeat the value', () => {
  for (const proxy of [
    'proxy',
    'socks5://u:hunter2@p:1',
    'http://u:hunter2@p:1/path',
    'http://u:%zzhunter2@p',
    'http://',
  ])
    assert.match(faults({ proxy })[0] ?? '', /^proxy: (?!.*hunter2)/, proxy)
  assert.match(
    shown({}, { HTTPS_PROXY: 'socks5://u:hunter2@p:1' }) ?? '',
    /^the environment variable HTTPS_PROXY is by socks5(?!.*hunter2)/,
  )
  assert.deepEqual(faults({ proxy: 'https://u:p@proxy.corp.example' }), [])
  assert.match(faults({ noProxy: ['https://x.example'] })[0] ?? '', /^noProxy\.0: is neither/)
  assert.match(faults({ noProxy: ['10.0.0.0/33'] })[0] ?? '', /^noProxy\.0: is neither/)
})

test('a name covers what is below it, a range its addresses, a port itself alone', () => {
  const through = (noProxy: string, host: string, port = 443) =>
    leadsThrough({ url: 'http://p:1', noProxy: noProxy.split(' '), from: '' }, host, port)
  assert.equal(through('corp.example', 'sts.corp.example'), false)
  assert.equal(through('.corp.example', 'corp.example'), false)
  assert.equal(through('*.corp.example', 'a.b.corp.example.'), false)
  assert.equal(through('CORP.example', 'Corp.Example'), false)
  assert.equal(through('corp.example', 'evilcorp.example'), true)
  assert.equal(through('corp.example:8443', 'corp.example'), true)
  assert.equal(through('corp.example:443', 'corp.example'), false)
  assert.equal(through('10.0.0.0/8', '10.1.2.3'), false)
  assert.equal(through('10.0.0.0/8', '11.1.2.3'), true)
  assert.equal(through('2001:db8::/32', '[2001:db8::7]'), false)
  assert.equal(through('192.0.2.7', '192.0.2.7'), false)
  assert.equal(through('2.7', '192.0.2.7'), true, 'addresses have no suffixes')
  assert.equal(through('*', 'sts.amazonaws.com'), false)
  for (const own of ['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]', '::1'])
    assert.equal(through('x.example', own), false, own)
  assert.equal(through('x.example', '127.0.0.1.evil.example'), true)
})

test('says which proxy it is and who named it, never its password', () => {
  const { proxy } = readProxyOptions(
    { proxy: 'http://u:hunter2@proxy.corp.example:3128', noProxy: ['.corp.example'] },
    {},
  )
  assert.equal(
    proxy && describeProxy(proxy),
    'Reaches others through the proxy proxy.corp.example:3128 (outgoing.proxy), but for this machine itself and .corp.example.',
  )
})
