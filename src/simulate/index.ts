/**
 * What would be if another configuration were served. Owns: people in files, one person's roles by a configuration, the
 * differences of two configurations. Does not own: any decision, which is the policy's.
 */
export { type Comparison, compareConfigs, type PersonChange } from './compare.ts'
export { readPeople, type Someone } from './people.ts'
export { explainFor, type Situation } from './try.ts'
