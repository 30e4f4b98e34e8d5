/**
 * A person's browser in a process of its own, which trusts the authority that NODE_EXTRA_CA_CERTS names:
 * visitor.ts BRIDGE NAME ADDRESS opens the address, signs in and says yes. It says when a page is shown and presses
 * after the line that answers: the clock is with whoever runs it.
 */
import { createInterface } from 'node:readline'
import { Person } from '../person.ts'

const [bridge = '', name = '', address = ''] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const person = new Person()
let page = await person.signIn(bridge, name, name, address.slice(bridge.length))
for (let presses = 0; presses < 2; presses++) {
  const form = page.forms.findIndex(({ fields }) => 'shown' in fields)
  if (form < 0) break
  console.log('shown')
  await lines.next()
  page = await person.follow(await person.submit(page, { decision: 'approve' }, form))
}
process.exit(page.status === 200 ? 0 : 1)
