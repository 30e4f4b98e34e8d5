import { z } from 'zod'
import { parseDuration, sessionPolicyFaults } from '../core/index.ts'
import {
  isPolicyArn,
  isTagKey,
  maxDuration,
  maxPolicy,
  maxPolicyArns,
  maxTagKey,
  maxTags,
  minDuration,
} from './aws-limits.ts'
import { addIssue } from './check-rule.ts'

const durationOptions = z.union([z.string(), z.number()]).transform((value, context) => {
  const seconds = parseDuration(String(value))
  if (seconds === undefined)
    addIssue(context, { path: [], message: 'is no duration; write for example 45m or 8h' })
  else if (seconds >= minDuration && seconds <= maxDuration) return seconds
  else addIssue(context, { path: [], message: 'must be between 15m and 12h, as AWS demands' })
  return z.NEVER
})

const tagsOptions = z.record(z.string(), z.string()).superRefine((tags, context) => {
  const keys = Object.keys(tags)
  if (keys.length > maxTags) addIssue(context, { path: [], message: `has more than ${maxTags} tags` })
  for (const key of keys) {
    if (isTagKey(key)) continue
    const message = `is no session tag key: at most ${maxTagKey} letters, digits, spaces and _.:/=+-@, not "aws:…"`
    addIssue(context, { path: [key], message, aboutKey: true })
  }
  const folded = new Set(keys.map((key) => key.toLowerCase()))
  if (folded.size < keys.length)
    addIssue(context, { path: [], message: 'has tags that differ only in case, which AWS refuses' })
})

/** A session policy, written as YAML or as JSON text: becomes compact JSON in the alphabet of STS. */
const policyOptions = z.union([z.string(), z.record(z.string(), z.unknown())]).transform((value, context) => {
  const document = typeof value === 'string' ? parseJson(value) : value
  const faults =
    document === undefined ? [{ path: [], message: 'is no JSON' }] : sessionPolicyFaults(document)
  for (const { path, message } of faults)
    addIssue(context, { path: typeof value === 'string' ? [] : path, message })
  const text = JSON.stringify(document)?.replace(
    /[^\x20-\xff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (text === undefined || faults.length > 0) return z.NEVER
  if (text.length <= maxPolicy) return text
  addIssue(context, { path: [], message: `is longer than ${maxPolicy} characters as JSON` })
  return z.NEVER
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const policyArn = z
  .string()
  .refine(isPolicyArn, 'is no ARN of an IAM policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess')

/** `grant:` of a rule. `viaNames` are the grants that exist, the first is the default. */
export function grantOptions(viaNames: readonly [string, ...string[]]) {
  return z
    .strictObject({
      role: z.string().min(1).max(2048),
      via: z.enum(viaNames).default(viaNames[0]),
      duration: durationOptions.optional(),
      maxDuration: durationOptions.optional(),
      sessionName: z.string().min(1).max(512).optional(),
      sourceIdentity: z.string().min(1).max(512).optional(),
      tags: tagsOptions.default({}),
      transitiveTags: z.array(z.string()).default([]),
      policyArns: z.array(policyArn).max(maxPolicyArns, `may name ${maxPolicyArns} policies`).default([]),
      policy: policyOptions.optional(),
      pinToSourceIp: z.boolean().default(false),
    })
    .transform((grant, context) => {
      const limit = grant.maxDuration ?? Math.max(grant.duration ?? 0, 3600)
      const duration = grant.duration ?? Math.min(3600, limit)
      if (duration > limit) addIssue(context, { path: ['duration'], message: 'is longer than maxDuration' })
      for (const [index, tag] of grant.transitiveTags.entries()) {
        if (Object.hasOwn(grant.tags, tag)) continue
        addIssue(context, { path: ['transitiveTags', index], message: `"${tag}" is not among the tags` })
      }
      return { ...grant, duration, maxDuration: limit }
    })
}
