import assert from 'node:assert/strict'
import { test } from 'node:test'
import { supportOptions } from '../../src/config/support.ts'

test('support becomes a name and a link that a browser may follow', () => {
  assert.deepEqual(supportOptions.parse({ name: 'the platform team' }), { name: 'the platform team' })
  assert.deepEqual(supportOptions.parse({ name: 'us', email: 'a+b&c@corp.example' }), {
    name: 'us',
    href: 'mailto:a%2Bb%26c@corp.example',
  })
  assert.deepEqual(
    supportOptions.parse({ name: 'us', email: 'a@corp.example', url: 'https://corp.example/x' }),
    {
      name: 'us',
      href: 'https://corp.example/x',
    },
  )
})

for (const support of [
  { name: 'us', url: 'javascript:alert(1)' },
  { name: 'us', url: 'http://corp.example' },
  { name: 'us', url: 'data:text/html,x' },
  { name: 'us', url: '/help' },
  { name: 'us', email: 'a@b.example?cc=all@corp.example' },
  { name: 'us', email: 'a@b.example,c@d.example' },
  { name: 'us', email: 'nobody' },
  { name: 'two\nlines' },
  { name: '' },
  { email: 'a@corp.example' },
  { name: 'us', phone: '1' },
]) {
  test(`refuses as support ${JSON.stringify(support)}`, () => {
    assert.equal(supportOptions.safeParse(support).success, false)
  })
}
