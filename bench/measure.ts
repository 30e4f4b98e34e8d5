/** CPU seconds of this process; what other programs do on the machine does not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

type Work = () => unknown

async function rate(work: Work, milliseconds: number): Promise<number> {
  const start = cpu()
  const end = performance.now() + milliseconds
  let runs = 0
  while (performance.now() < end) {
    await work()
    runs += 1
  }
  return runs / (cpu() - start)
}

/**
 * Runs the candidates in turn, several rounds, and returns the median of the runs per CPU second of each and of
 * their ratio to the first. What must be read from a result is checked by the caller before.
 */
export async function compare(
  candidates: Readonly<Record<string, Work>>,
  { rounds = 7, milliseconds = 250 } = {},
): Promise<Record<string, { perSecond: number; ratio: number }>> {
  const names = Object.keys(candidates)
  const rates = new Map(names.map((name) => [name, [] as number[]]))
  for (const work of Object.values(candidates)) await rate(work, milliseconds)
  for (let round = 0; round < rounds; round++) {
    for (const name of names) rates.get(name)?.push(await rate(candidates[name] as Work, milliseconds))
  }
  const base = rates.get(names[0] ?? '') ?? []
  return Object.fromEntries(
    names.map((name) => {
      const own = rates.get(name) ?? []
      const ratios = own.map((value, round) => value / (base[round] ?? value))
      return [name, { perSecond: median(own), ratio: median(ratios) }]
    }),
  )
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** One line of the report. */
export function report(what: string, ratio: number, target: string, perSecond?: number): void {
  const rate = perSecond === undefined ? '' : `  ${Math.round(perSecond).toLocaleString('en')}/s of CPU`
  console.log(
    `${what.padEnd(58)} ${ratio.toFixed(ratio < 1 ? 3 : 1).padStart(8)}×  (target ${target})${rate}`,
  )
}
