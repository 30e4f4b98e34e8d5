/** Loaded into a process before its program: moves its clock by the seconds that a file says, read anew each time. */
import { readFileSync } from 'node:fs'

const real = Date.now
Date.now = () => real() + Number(readFileSync(process.env.TEST_CLOCK_FILE ?? '', 'utf8')) * 1000
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [Date.now()] : args))
  }
}
