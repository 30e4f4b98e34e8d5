import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

const root = '/sys/fs/cgroup'

/**
 * The cores that this process may use: those it may run on, and no more than its control group gives it time for. Node asks
 * for the second only since 22, and a share of many cores is what containers get.
 */
export function coresToUse(cores = availableParallelism(), read = readText): number {
  // `0::/system.slice/rolebridge.service`: the second version's one line (cgroups(7)).
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1]
  let most = cores
  for (let place = group; place !== undefined; place = place === '/' ? undefined : dirname(place)) {
    const [quota, period] = (read(join(root, place, 'cpu.max')) ?? '').split(' ').map(Number)
    if (quota && period) most = Math.min(most, Math.round(quota / period))
  }
  return Math.max(1, most)
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
