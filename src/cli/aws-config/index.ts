/**
 * The files of AWS tools. Owns: reading them, the lines between our marks, profiles of roles. Does not own: which
 * roles there are.
 */
export { diffLines } from './diff.ts'
export { awsFiles, readText, replaceText } from './files.ts'
export { checkNative } from './native-checks.ts'
export { checkProcess } from './process-checks.ts'
export { profileKinds } from './profile-kinds.ts'
export { planProfiles } from './profiles.ts'
export { type ReadSection, readSections } from './read-sections.ts'
export { withoutDefaultCredentials, withoutDefaultKeys } from './without-default.ts'
