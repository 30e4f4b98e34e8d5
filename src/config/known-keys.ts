import type { Path } from './fault.ts'
import { configJsonSchema } from './options.ts'

interface Shape {
  readonly const?: unknown
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

/** Which of several kinds of block know a key: the values of `via:` with which it has a place. */
export function kindsWithKey(path: Path, key: string): readonly string[] {
  return shapesAt(path).flatMap(({ properties = {} }) =>
    Object.hasOwn(properties, key) && typeof properties.via?.const === 'string' ? [properties.via.const] : [],
  )
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
