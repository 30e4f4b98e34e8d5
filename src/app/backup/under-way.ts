import type { Store } from '../../core/index.ts'

/** No collection has a name with a dot, so nothing else lies there. */
const mark = 'restore.under-way'

/** From here until the end the store holds a part of what it should: locks may be missing. */
export const beginRestore = (store: Store): Promise<void> => store.put(mark, 'begun')

export const endRestore = async (store: Store): Promise<void> => void (await store.take(mark))

/** Throws a sentence for the operator where a restore was begun and is not done. */
export async function refuseHalfRestored(store: Pick<Store, 'get'>): Promise<void> {
  if ((await store.get(mark)) === undefined) return
  throw new Error(
    'store: a restore was begun and did not end, so locks may be missing. Run `rolebridge restore` once more with the same backup, or begin with an empty store',
  )
}
