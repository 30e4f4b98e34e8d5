import type { Standing } from '../../bridge.ts'

const aMoment = 16 * 1024

/** What readers of a page should know about where it comes from; undefined when there is nothing to know. */
export function sayStanding(standing: Standing): string | undefined {
  if (standing.from === 'file')
    return 'There is no history database here: this is the audit file of this node alone, looked through from its end, without pictures.'
  if (standing.from === 'nowhere') return undefined
  const { bytes, failure } = standing.lag
  if (failure !== undefined)
    return `Nothing newer than ${new Date(failure.since).toISOString().slice(0, 16).replace('T', ' ')} UTC is here yet: the history cannot take it in at the moment. The audit trail itself is written.`
  // What was written while the page was made is no delay worth a word.
  if (bytes > aMoment)
    return `The history is ${sayBytes(bytes)} behind the audit trail: the newest records are still coming in.`
  return undefined
}

const sayBytes = (bytes: number) =>
  bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} KB`
    : `${Math.round(bytes / 1024 / 1024)} MB`
