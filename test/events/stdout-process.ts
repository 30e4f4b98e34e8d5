/** A process whose audit trail is its standard output. */
import { createAuditOptions, createEvents, openSinks } from '../../src/events/index.ts'
import { deps, issued, signedIn } from './samples.ts'

const events = createEvents({ ...deps(), sinks: await openSinks(createAuditOptions({}).parse({}), deps()) })
await events.emit(signedIn)
await events.emit(issued)
await events.close()
