/**
 * What happened, searchable. Owns: the database that events are read into, how far it is, what can be asked of it and at
 * which price, how long it remembers. Does not own: what an event is, the audit file, which stays the truth, and who may ask.
 */
export { openChains } from './chains.ts'
export { createHistory, type OpenHistory } from './create-history.ts'
export type {
  Found,
  Gap,
  History,
  HistoryFilter,
  HistoryState,
  HourCount,
  Lag,
  LastUse,
  Page,
  PageOptions,
  Use,
  UseFilter,
} from './history.ts'
export { type HistoryOptions, historyOptions } from './options.ts'
export { chainFiles, rebuild } from './rebuild.ts'
