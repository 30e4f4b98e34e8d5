import { type Condition, type ConditionBlock, compileCondition } from './index.ts'
import type { Facts } from './keys.ts'
import { edgesOf, minuteOfWeek, week, weekdays } from './windows.ts'

/** When what the calendar allows now ends, epoch milliseconds; undefined when not until `limit`. */
export type WindowEnd = (facts: Facts, wall: WallClock, limit: number) => number | undefined

type WallClock = (now: number) => ReturnType<Facts['local']>

const calendarKeys = ['bridge:LocalTime', 'bridge:TimeOfDay', 'bridge:Weekday', 'bridge:CurrentTime']

/** The part of a block that only the passing of time changes, or why its end cannot be told. */
export function readCalendar(block: ConditionBlock): { calendar: ConditionBlock } | { fault: string } {
  const calendar: Record<string, Record<string, readonly string[]>> = {}
  for (const [operator, keys] of Object.entries(block)) {
    for (const [key, wanted] of Object.entries(keys)) {
      if (!calendarKeys.includes(key)) continue
      if (operator.includes('String') && key !== 'bridge:Weekday')
        return { fault: `cannot tell when ${operator} on ${key} ends; write Date… or TimeWithin instead` }
      calendar[operator] = { ...calendar[operator], [key]: wanted }
    }
  }
  if (Object.keys(calendar).length > 0) return { calendar }
  return { fault: `has no window that could end: the condition asks for none of ${calendarKeys.join(', ')}` }
}

/** Finds the end of a window by looking at each moment at which it could be; throws `TypeError` where `readCalendar` faults. */
export function compileWindowEnd(block: ConditionBlock): WindowEnd {
  const read = readCalendar(block)
  if ('fault' in read) throw new TypeError(`untilWindowEnds ${read.fault}`)
  const condition = compileCondition(read.calendar, 'allow')
  const wanted = Object.values(read.calendar).flatMap((keys) => Object.entries(keys))
  const edges = [
    ...new Set(wanted.flatMap(([key, values]) => values.flatMap((value) => minutesAt(key, value)))),
  ]
  const instants = wanted
    .flatMap(([key, values]) => (key === 'bridge:CurrentTime' ? values : []))
    .map(Date.parse)
  return (facts, wall, limit) => {
    const { now } = facts.circumstances
    const moments = [
      // What includes the second itself ends with it: AWS counts whole seconds.
      ...instants.flatMap((at) => [at, at + 1]),
      ...wallMoments(edges, wall, now, limit),
    ]
    const due = moments.filter((at) => at > now && at <= limit).sort((a, b) => a - b)
    const end = due.find((at) => !holdsAt(condition, facts, wall, at))
    return end === undefined ? undefined : Math.floor(end / 1000) * 1000
  }
}

function holdsAt(condition: Condition, facts: Facts, wall: WallClock, now: number): boolean {
  const circumstances = { ...facts.circumstances, now }
  return condition({ ...facts, circumstances, local: () => wall(now) }).length === 0
}

/** Minutes of the week at which some comparison of a block could change, its beginning among them. */
export function edgesInWeek(block: ConditionBlock): readonly number[] {
  const asked = Object.values(block).flatMap((keys) => Object.entries(keys))
  return [
    ...new Set([0, ...asked.flatMap(([key, values]) => values.flatMap((value) => minutesAt(key, value)))]),
  ]
}

/** Minutes of the week at which a comparison with this value could change. */
function minutesAt(key: string, value: string): readonly number[] {
  const days = weekdays.map((_, index) => index * 24 * 60)
  if (key === 'bridge:LocalTime') return edgesOf(value)
  if (key === 'bridge:Weekday') return days
  const at = key === 'bridge:TimeOfDay' ? minuteOfWeek(`Mon ${value}`) : undefined
  // 18:00 itself is over a minute later, and at midnight the day's count begins anew.
  return at === undefined ? [] : days.flatMap((day) => [day, day + at, (day + at + 1) % week])
}

const minute = 60_000

/** When the clock on the wall shows one of these minutes, and when somebody turns the clock. */
function wallMoments(
  edges: readonly number[],
  wall: WallClock,
  now: number,
  limit: number,
): readonly number[] {
  const offsetAt = (at: number) => {
    const { weekday, time } = wall(at)
    return mod((minuteOfWeek(`${weekday} ${time}`) ?? 0) - Math.floor(at / minute), week)
  }
  const turned = turnOf(offsetAt, now, limit)
  const spans =
    turned === undefined
      ? [[now, limit]]
      : [
          [now, turned - 1],
          [turned, limit],
        ]
  return spans.flatMap(([from = now, to = limit]) => {
    const first = Math.floor(from / minute)
    const offset = offsetAt(from)
    const found = edges.map((edge) => (first + mod(edge - first - offset, week)) * minute)
    return [from, ...found.filter((at) => at <= to)]
  })
}

/** The minute at which the clock is turned, if it is within a day or two: nobody turns it twice in that time. */
function turnOf(offsetAt: (at: number) => number, now: number, limit: number): number | undefined {
  const before = offsetAt(now)
  if (offsetAt(limit) === before) return undefined
  let [low, high] = [Math.floor(now / minute), Math.ceil(limit / minute)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * minute) === before) low = middle
    else high = middle
  }
  return high * minute
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by
}
