import type { Path } from './fault.ts'
import { configJsonSchema } from './options.ts'

interface Shape {
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly additionalProperties?: Shape | boolean
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly oneOf?: readonly Shape[]
}

let schema: Shape | undefined

/** The keys that the configuration knows at a place. */
export function knownKeys(path: Path): readonly string[] {
  const shapes = shapesAt(path)
  return [...new Set(shapes.flatMap(({ properties = {} }) => Object.keys(properties)))]
}

/** Where a key has a place, when `via:` or `kind:` chooses what a block knows. */
export interface KeyPlaces {
  readonly chooser: 'via' | 'kind'
  /** The values with which the key has a place. */
  readonly kinds: readonly string[]
  /** What the block knows as it is. */
  readonly known: readonly string[]
}

/** With which `via:` or `kind:` a key would have a place in a block; undefined when nothing is chosen there, or by none. */
export function placesOfKey(path: Path, key: string, block: unknown): KeyPlaces | undefined {
  const shapes = shapesAt(path)
  for (const chooser of ['via', 'kind'] as const) {
    const valuesOf = ({ properties }: Shape) => {
      const shape = properties?.[chooser]
      return shape?.enum ?? (typeof shape?.const === 'string' ? [shape.const] : [])
    }
    const kinds = shapes.flatMap((shape) =>
      Object.hasOwn(shape.properties ?? {}, key) && valuesOf(shape).length > 0 ? valuesOf(shape) : [],
    )
    if (kinds.length === 0) continue
    const chosen = Object(block)[chooser]
    const own = shapes.find(({ properties, ...shape }) =>
      chosen === undefined
        ? properties !== undefined && !shape.required?.includes(chooser)
        : valuesOf({ properties: properties ?? {} }).includes(chosen),
    )
    return { chooser, kinds, known: Object.keys(own?.properties ?? {}).filter((name) => name !== chooser) }
  }
  return undefined
}

function shapesAt(path: Path): readonly Shape[] {
  schema ??= configJsonSchema() as Shape
  return path.reduce<readonly Shape[]>(
    (found, step) => found.flatMap((shape) => below(shape, step)),
    alternatives(schema),
  )
}

function below({ properties, additionalProperties, items }: Shape, step: string | number): readonly Shape[] {
  if (typeof step === 'number') return alternatives(items)
  if (properties && Object.hasOwn(properties, step)) return alternatives(properties[step])
  return typeof additionalProperties === 'object' ? alternatives(additionalProperties) : []
}

function alternatives(shape: Shape | undefined): readonly Shape[] {
  return shape ? [shape, ...(shape.anyOf ?? []), ...(shape.oneOf ?? [])] : []
}
