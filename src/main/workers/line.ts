/** One end of the channel between two processes: `process`, or a worker of node:cluster. */
export interface Port {
  send(message: object, done: (error: Error | null) => void): unknown
  on(event: 'message', heard: (message: unknown) => void): unknown
  on(event: 'disconnect', heard: () => void): unknown
}

/** What can be asked on the other side: plain data goes there and back. */
export type Calls = Readonly<Record<string, (...asked: never[]) => Promise<unknown>>>

export interface Line<C> {
  /** Rejects with the other side's words, or when it is gone. */
  ask<K extends keyof C & string>(
    name: K,
    ...asked: C[K] extends (...args: infer A) => Promise<unknown> ? A : never
  ): C[K] extends (...args: never[]) => Promise<infer R> ? Promise<R> : never
}

type Message =
  | { readonly ask: string; readonly id: number; readonly asked: readonly never[] }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly fault: string }

/** Asks and answers over a channel. What is asked and has no answer when the other side goes is a failure. */
export function openLine<C>(port: Port, answers: Calls): Line<C> {
  const waiting = new Map<number, { resolve(answer: never): void; reject(why: Error): void }>()
  let next = 0
  let isGone = false
  const gone = () => {
    isGone = true
    for (const { reject } of waiting.values()) reject(new Error('the other process is gone'))
    waiting.clear()
  }
  const put = (message: Message) =>
    port.send(message, (error) => {
      if (error) gone()
    })
  const answer = async (id: number, name: string, asked: readonly never[]): Promise<void> => {
    try {
      const given = Object.hasOwn(answers, name) ? answers[name] : undefined
      if (given === undefined) throw new Error(`nobody here knows “${name}”: it is of another version`)
      put({ id, answer: await given(...asked) })
    } catch (error) {
      put({ id, fault: error instanceof Error ? error.message : String(error) })
    }
  }
  port.on('disconnect', gone)
  port.on('message', (message) => {
    // A worker that went wrong may say anything, and must not end the process that all others depend on.
    if (typeof message !== 'object' || message === null) return
    const heard = message as Message
    if ('ask' in heard) return void answer(heard.id, heard.ask, heard.asked)
    const caller = waiting.get(heard.id)
    waiting.delete(heard.id)
    if ('fault' in heard) caller?.reject(new Error(heard.fault))
    else caller?.resolve(heard.answer as never)
  })
  return {
    ask: ((name: string, ...asked: never[]) =>
      new Promise((resolve, reject) => {
        if (isGone) return reject(new Error('the other process is gone'))
        next += 1
        waiting.set(next, { resolve, reject })
        put({ ask: name, id: next, asked })
      })) as never,
  }
}
