import { type Import, importsOf, withoutComments } from './imports.ts'
import { fileRooms, lazyInCli, packagePlaces, partsOfRooms, rooms, sideDoors } from './rooms.ts'

const longestFile = 300
/** Above it a stranger cannot see any more what a folder is for: it gets floors. */
const fullestFloor = 20
/** One file for each of many like things. */
const registries = ['src/cli/commands']
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*\.ts$/
const drawer = /(^|[-/])(utils?|helpers?|common|managers?|services?)(\/|\.ts$)/
const clockOrDice = /\bDate\.now\(\)|\bnew Date\(\)|\bMath\.random\(\)/
const insideTheApp = /^test\/(flows|browser|multi-node)\//

/**
 * What a set of files does against the rules of the house, one sentence each; empty when all is well.
 * Takes sources by path from the root, with forward slashes.
 */
export function violations(files: ReadonlyMap<string, string>): readonly string[] {
  const found: string[] = []
  const edges = new Map<string, readonly string[]>()
  const loads = new Map<string, readonly string[]>()
  for (const [path, source] of files) {
    const imports = importsOf(path, source)
    const targets = imports.filter(({ kind, lazy }) => kind === 'file' && !lazy).map(({ target }) => target)
    edges.set(path, targets)
    loads.set(
      path,
      imports
        .filter(({ kind, lazy, types }) => kind === 'file' && !lazy && !types)
        .map(({ target }) => target),
    )
    const own = path.startsWith('src/') ? [...shape(path, source), ...imports.flatMap(crossing(path))] : []
    const outer = insideTheApp.test(path) ? imports.flatMap(peeking) : []
    for (const say of [...own, ...outer]) found.push(`${path}: ${say}`)
  }
  return [...found, ...crowded([...files.keys()]), ...heavy(loads), ...cycles(edges)]
}

/** Folders of src/ with too many files of their own. */
function crowded(paths: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const folder = path.split('/').slice(0, -1).join('/')
    if (path.startsWith('src/') && !registries.includes(folder))
      counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts]
    .filter(([, count]) => count > fullestFloor)
    .map(([folder, count]) => `${folder} has ${count} files: give it floors`)
}

/** The room of a file of src/: its folder, or its name when it lies at the top. */
function roomOf(path: string): string {
  const [, first = ''] = path.split('/')
  return first.replace(/\.ts$/, '')
}

function doorOf(room: string): string {
  return fileRooms.includes(room) ? `src/${room}.ts` : `src/${room}/index.ts`
}

/** What a file does wrong by itself. */
function shape(path: string, source: string): string[] {
  const found: string[] = []
  const room = rooms[roomOf(path)]
  const code = withoutComments(source)
  const lines = source.trimEnd().split('\n').length
  if (room === undefined) found.push('belongs to no room')
  if (!kebabCase.test(path.split('/').at(-1) ?? '')) found.push('its name is not kebab-case')
  if (drawer.test(path.slice('src/'.length))) found.push('its name says nothing about its duty')
  if (lines > longestFile) found.push(`has ${lines} lines`)
  if (/^\s*export\s+default\b|\bas\s+default\b/m.test(code)) found.push('exports a default')
  if (/\bcreateRequire\b/.test(code)) found.push('uses require')
  if (room?.pure && clockOrDice.test(code)) found.push('reads the clock or rolls dice by itself')
  return found
}

/** What one import of a file does wrong. */
function crossing(path: string): (taken: Import) => string[] {
  return (taken) => {
    if (taken.target === '?') return ['imports what only running it would tell']
    if (taken.kind === 'builtin') return roomOf(path) === 'core' ? [`core imports ${taken.target}`] : []
    return taken.kind === 'package' ? packageCrossing(path, taken) : roomCrossing(path, taken)
  }
}

function packageCrossing(path: string, { target, lazy, types }: Import): string[] {
  const places = Object.hasOwn(packagePlaces, target) ? packagePlaces[target] : undefined
  if (places === undefined) return [`imports ${target}, which has no room`]
  const place = path.slice('src/'.length)
  if (!places.some((one) => place === one || (one.endsWith('/') && place.startsWith(one)) || one === ''))
    return [`imports ${target}, which stays in ${places.join(', ')}`]
  if (roomOf(path) === 'cli' && lazyInCli.includes(target) && !lazy && !types)
    return [`loads ${target} at every start`]
  return []
}

function roomCrossing(path: string, { target, lazy, types, names }: Import): string[] {
  const room = roomOf(path)
  if (!target.startsWith('src/')) return [`imports ${target}, which is not in src/`]
  const other = roomOf(target)
  if (other === room) return []
  const { imports = [], lazily = [], only } = rooms[room] ?? {}
  const allowed = imports.includes(other) || ((lazy || types) && lazily.includes(other))
  if (!allowed) return [`${room} may not import ${other}`]
  const part = partsOfRooms[`${room} ${other}`]
  if (part !== undefined && !path.startsWith(part)) return [`imports ${other}, which only ${part} may`]
  if ((lazy || types) && sideDoors.includes(target)) return []
  if (target !== doorOf(other)) return [`imports ${target} past the door of ${other}`]
  const strangers = only && other !== 'core' ? names.filter((name) => !only.test(name)) : []
  return strangers.map((name) => `${room} may not take ${name} from ${other}`)
}

/** Flow tests know the app by HTTP only; test/stage.ts starts it for them. */
function peeking({ target }: Import): string[] {
  return target.startsWith('src/') ? [`a test that uses HTTP only imports ${target}`] : []
}

/** Side doors that load more than files of their own room. */
function heavy(loads: ReadonlyMap<string, readonly string[]>): string[] {
  return sideDoors.flatMap((door) => {
    const reached = new Set([door])
    for (const path of reached) for (const next of loads.get(path) ?? []) reached.add(next)
    const foreign = [...reached].find(
      (path) => roomOf(path) !== roomOf(door) || path === doorOf(roomOf(path)),
    )
    return foreign === undefined ? [] : [`${door} is a side door and loads ${foreign}`]
  })
}

/** Every cycle of static imports once, named by its files. Depth first; a file is left for good when done. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (path: string): void => {
    if (done.has(path)) return
    const start = trail.indexOf(path)
    if (start >= 0) {
      found.push(`cycle: ${[...trail.slice(start), path].join(' → ')}`)
      return
    }
    trail.push(path)
    for (const next of edges.get(path) ?? []) visit(next)
    trail.pop()
    done.add(path)
  }
  for (const path of edges.keys()) visit(path)
  return found
}
