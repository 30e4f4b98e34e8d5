import { escapeMarkup } from '../html.ts'
import { faultStatus, type StsFault } from './fault.ts'

/** The members of a result: text, numbers, or nested members; an absent one is left out. */
export interface Members {
  readonly [name: string]: string | number | undefined | Members
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** A successful answer of the query protocol. */
export function resultXml(action: string, result: Members, requestId: string): string {
  return (
    `<${action}Response xmlns="${namespace}"><${action}Result>${members(result)}</${action}Result>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`
  )
}

/** An error of the query protocol. */
export function errorXml(fault: StsFault, requestId: string): string {
  const type = faultStatus[fault.code] < 500 ? 'Sender' : 'Receiver'
  const error = { Type: type, Code: fault.code, Message: fault.message }
  return (
    `<ErrorResponse xmlns="${namespace}"><Error>${members(error)}</Error>` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`
  )
}

function members(all: Members): string {
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const content = typeof value === 'object' ? members(value) : escapeMarkup(String(value))
      return `<${name}>${content}</${name}>`
    })
    .join('')
}

/** ISO 8601 in whole seconds, as AWS writes instants. */
export function isoSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}
