/** Now, in epoch milliseconds. */
export type Clock = () => number

/** `bytes` random bytes from a cryptographic source. */
export type Random = (bytes: number) => Buffer

/** The platform's own fetch; a parameter so that tests and proxies can stand in. */
export type Fetch = typeof globalThis.fetch

/**
 * Shared memory of all nodes. Values are opaque text; `expiresAt` is epoch milliseconds, judged by the
 * caller's clock. Every verb that decides something is atomic across processes.
 */
export interface Store {
  get(key: string): Promise<string | undefined>
  put(key: string, value: string, expiresAt?: number): Promise<void>
  /** True when the key was absent (or expired) and is now ours. */
  putIfAbsent(key: string, value: string, expiresAt?: number): Promise<boolean>
  /** Removes and returns: of two takers one gets the value. */
  take(key: string): Promise<string | undefined>
  /** Replaces the value only if it still equals `expected`. */
  swap(key: string, expected: string, next: string, expiresAt?: number): Promise<boolean>
  /** Keys and values below a prefix, in no promised order; live changes may or may not be seen. */
  scan(prefix: string): AsyncIterable<readonly [key: string, value: string]>
  /** Adds one to a counter that starts at zero and returns it; the expiry is set when the counter starts. */
  increment(key: string, expiresAt?: number): Promise<number>
  /** Resolves when the store answers; rejects with the reason otherwise. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** One kind of record in the store: typed, encrypted at rest, with a fixed prefix. */
export interface Collection<T> {
  get(id: string): Promise<T | undefined>
  /** Whether there is a record, though nobody may be able to open it any more: for marks whose being there is the message. */
  holds(id: string): Promise<boolean>
  put(id: string, value: T, expiresAt?: number): Promise<void>
  putIfAbsent(id: string, value: T, expiresAt?: number): Promise<boolean>
  take(id: string): Promise<T | undefined>
  /** Atomic read-modify-write, retried on conflict; `undefined` from `change` leaves the record alone. */
  update(id: string, change: (value: T) => T | undefined, expiresAt?: number): Promise<T | undefined>
  /**
   * As `update`, and makes the record when there is none, or one that nobody can open any more. Never for a mark
   * whose being there is the message: such a record is taken, whoever can read it. `there`: a record is, readable or not.
   */
  upsert(
    id: string,
    change: (value: T | undefined, there: boolean) => T,
    expiresAt: (value: T) => number | undefined,
  ): Promise<T>
  values(): AsyncIterable<T>
}
