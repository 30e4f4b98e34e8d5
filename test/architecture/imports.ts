import { posix } from 'node:path'

/** One import, re-export or `import()` of a file. */
export interface Import {
  /** A path from the root (`src/core/index.ts`), or the name of a package (`@aws-sdk/client-sts`). */
  readonly target: string
  readonly kind: 'file' | 'package' | 'builtin'
  /** `import()` loads when it runs. */
  readonly lazy: boolean
  /** Only types: nothing is loaded. */
  readonly types: boolean
  /** The names taken, as they are called in the target; `*` for all. */
  readonly names: readonly string[]
}

const statement = /^\s*(?:import|export)\s+(type\s)?\s*([\w*{][^'"`;=()]*?)\s*\bfrom\s*['"]([^'"]+)['"]/gm
const sideEffect = /^\s*import\s*['"]([^'"]+)['"]/gm
const dynamic = /(typeof\s+)?\bimport\s*\(\s*(?:['"]([^'"]+)['"]\s*[,)])?/g

/** Source without comments: only what begins a word does, so that a path or `text/*` in a string stays. */
export function withoutComments(source: string): string {
  return source.replace(/(?<=^|\s)(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '')
}

/** All imports of a file; `import(expression)` appears with the target `?`. */
export function importsOf(path: string, source: string): readonly Import[] {
  const code = withoutComments(source)
  const found: Import[] = []
  for (const [, type, clause = '', specifier = ''] of code.matchAll(statement)) {
    // `import { type A }` still loads the file (verbatimModuleSyntax); only `import type` does not.
    const types = type !== undefined
    found.push({ ...resolve(path, specifier), lazy: false, types, names: namesIn(clause) })
  }
  for (const [, specifier = ''] of code.matchAll(sideEffect)) {
    found.push({ ...resolve(path, specifier), lazy: false, types: false, names: [] })
  }
  for (const [, type, specifier = '?'] of code.matchAll(dynamic)) {
    found.push({ ...resolve(path, specifier), lazy: true, types: type !== undefined, names: ['*'] })
  }
  return found
}

function namesIn(clause: string): string[] {
  const [beforeBraces = '', inBraces = ''] = clause.split('{')
  const whole = beforeBraces.replace(',', ' ').trim()
  const named = inBraces.split(',').map((part) => /^\s*(?:type\s+)?(\w+)/.exec(part)?.[1])
  return [
    ...(whole === '' ? [] : [whole.startsWith('*') ? '*' : 'default']),
    ...named.filter((name) => name !== undefined),
  ]
}

function resolve(from: string, specifier: string): Pick<Import, 'target' | 'kind'> {
  if (specifier.startsWith('.')) {
    return { target: posix.join(posix.dirname(from), specifier), kind: 'file' }
  }
  if (specifier.startsWith('node:')) return { target: specifier, kind: 'builtin' }
  const [scope = '', name] = specifier.split('/')
  return { target: scope.startsWith('@') ? `${scope}/${name}` : scope, kind: 'package' }
}
