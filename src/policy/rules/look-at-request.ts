import type { Warning } from '../../core/index.ts'
import { isEverybody, lookAtMatch, sayUnmapped } from './look-at-match.ts'
import type { AllowOptions, MatchOptions } from './options.ts'

/** Warns of those who allow what is asked for, or need not ask: too many, or nobody at all. */
export function lookAtRequest(
  { request }: AllowOptions,
  base: Warning['path'],
  isUnmapped: (attribute: string) => boolean,
): readonly Warning[] {
  if (request === undefined) return []
  const { approvers, breakGlass } = request
  const path = [...base, 'request']
  return [
    ...look(approvers, [...path, 'approvers'], isUnmapped, {
      nobody: 'nobody can allow what is asked for',
      everybody: 'everybody who can sign in allows what others ask for; name a group instead',
    }),
    ...(breakGlass
      ? look(breakGlass, [...path, 'breakGlass'], isUnmapped, {
          nobody: 'nobody can open it in an emergency',
          everybody: 'everybody opens it at once, and nobody is asked; name a group instead',
        })
      : []),
  ]
}

function look(
  match: MatchOptions,
  path: Warning['path'],
  isUnmapped: (attribute: string) => boolean,
  then: { readonly nobody: string; readonly everybody: string },
): readonly Warning[] {
  const entries = Object.entries(match)
  return [
    ...lookAtMatch(match, path, 'allow'),
    ...(isEverybody(match) ? [{ code: 'everybody-approves' as const, path, message: then.everybody }] : []),
    ...entries
      .filter(([attribute]) => attribute !== 'user' && isUnmapped(attribute))
      .map(([attribute]) => ({
        code: 'attribute-unmapped' as const,
        path: [...path, attribute],
        message: `${sayUnmapped(attribute)}, ${then.nobody}`,
      })),
  ]
}
