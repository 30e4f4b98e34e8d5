/**
 * Tampers with valid SAML responses and asks our verifier, without a second opinion, what it makes of them:
 *   npm run fuzz -- --mutants 1000000 --seed 1 --state fuzz.json
 * Accepted means: the identity is, to the last byte, one that was signed. Goes on where the state file ends.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { emptyTally, Forged, fuzz, type Tally } from '../test/fuzz/run.ts'

const { values } = parseArgs({
  options: {
    mutants: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    state: { type: 'string' },
    disagreements: { type: 'string' },
  },
})
const wanted = Number(values.mutants)
const seed = Number(values.seed)
if (!Number.isSafeInteger(wanted) || wanted < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run fuzz -- --mutants N --seed N [--state FILE] [--disagreements FOLDER]')
  process.exit(2)
}

interface State {
  readonly seed: number
  readonly milliseconds: number
  readonly tally: Tally
}

function resume(): State {
  const fresh: State = { seed, milliseconds: 0, tally: emptyTally() }
  if (values.state === undefined || !existsSync(values.state)) return fresh
  const kept = JSON.parse(readFileSync(values.state, 'utf8')) as State
  return kept.seed === seed ? kept : fresh
}

const { tally, milliseconds: before } = resume()
const started = performance.now()
const spent = () => before + Math.round(performance.now() - started)
const batch = 2000
console.log(`seed ${seed}, mutants ${tally.mutants} to ${wanted}`)
try {
  while (tally.mutants < wanted) {
    fuzz(seed, tally.mutants, Math.min(tally.mutants + batch, wanted), tally, (index, xml, detail) => {
      console.log(`mutant ${index}: ${detail}`)
      if (values.disagreements !== undefined) {
        writeFileSync(join(values.disagreements, `${seed}-${index}.xml`), xml)
      }
    })
    if (values.state !== undefined) {
      writeFileSync(values.state, JSON.stringify({ seed, milliseconds: spent(), tally } satisfies State))
    }
    if (process.stdout.isTTY) process.stdout.write(`\r${tally.mutants} mutants, ${tally.accepted} accepted `)
  }
} catch (error) {
  if (!(error instanceof Forged)) throw error
  writeFileSync('forged.xml', error.xml)
  console.error(`\n${error.message}\nThe message is in forged.xml; seed ${seed}.`)
  process.exit(1)
}
if (process.stdout.isTTY) console.log()
const refused = Object.entries(tally.refused).sort(([, a], [, b]) => b - a)
console.log(`${tally.mutants} mutants in ${(spent() / 1000).toFixed(0)} s, seed ${seed}`)
console.log(
  `accepted ${tally.accepted}, forged identities 0, the second opinion disagreed ${tally.disagreements} times`,
)
for (const [code, count] of refused) console.log(`${code.padEnd(26)} ${count}`)
