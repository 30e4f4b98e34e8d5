/** A piece of JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>

/** One thing that can be asked. */
export interface Operation {
  readonly summary: string
  readonly answer?: Schema
  /** The answer in other formats, by media type. */
  readonly answers?: Readonly<Record<string, Schema>>
  readonly body?: Schema
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'query' | 'path'
    readonly required: boolean
    readonly schema: Schema
  }[]
  /** Needs no token. */
  readonly open?: true
}

export const text = { type: 'string' } as const
export const time = { type: 'string', format: 'date-time' } as const
export const seconds = { type: 'integer', description: 'Seconds.' } as const
export const flag = { type: 'boolean' } as const
export const texts = { type: 'array', items: text } as const
export const count = { type: 'integer' } as const
/** Names one of `schemas`. */
export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

/** An object whose fields are all there, except those named `…?`. */
export function object(fields: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(fields)
  return {
    type: 'object',
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), fields[name]])),
  }
}

/** An object with one list in it. */
export const list = (name: string, items: Schema) => object({ [name]: { type: 'array', items } })
