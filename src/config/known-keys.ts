import type { Path } from './fault.ts'
import { configJsonSchema } from './options.ts'

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly additionalProperties?: Shape | boolean
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
}

let schema: Shape | undefined

/** The keys that the configuration knows at a place. */
export function knownKeys(path: Path): readonly string[] {
  schema ??= configJsonSchema() as Shape
  const shapes = path.reduce<readonly Shape[]>(
    (found, step) => found.flatMap((shape) => below(shape, step)),
    alternatives(schema),
  )
  return shapes.flatMap(({ properties = {} }) => Object.keys(properties))
}

function below({ properties, additionalProperties, items }: Shape, step: string | number): readonly Shape[] {
  if (typeof step === 'number') return alternatives(items)
  if (properties && Object.hasOwn(properties, step)) return alternatives(properties[step])
  return typeof additionalProperties === 'object' ? alternatives(additionalProperties) : []
}

function alternatives(shape: Shape | undefined): readonly Shape[] {
  return shape ? [shape, ...(shape.anyOf ?? [])] : []
}
