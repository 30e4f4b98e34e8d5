import { doubled, type Group, gone, off } from './removal.ts'

const client = 'src/sts/client.ts'
const failover = 'src/sts/places/failover.ts'

/** Which STS is asked, and when another one. */
export const sts: readonly Group[] = [
  {
    tests: ['test/sts/places/failover.test.ts'],
    removals: [
      gone('a refusal is an answer', failover, '!isNoAnswer(error) || signal', 'signal'),
      doubled(
        gone('who gave up waits for no other', failover, ' || signal?.aborted', ''),
        'the signal, which goes along and lets nothing be sent',
      ),
      gone(
        'a region that failed rests',
        failover,
        'error === undefined ? undefined : clock() + rest',
        'undefined',
      ),
      gone('a rest ends', failover, ' && clock() < restsUntil', ''),
      gone('one call tries it', failover, 'if (restsUntil !== undefined) restsUntil = clock() + rest', ''),
      gone(
        'a refusal shows that it lives',
        failover,
        'settle(isNoAnswer(error) ? error : undefined)',
        'settle(error)',
      ),
      gone('a region that lives rests no more', failover, 'settle()\n', ''),
      gone(
        'what both regions keep is promised',
        client,
        'first.reach[of] && second.reach[of]',
        'first.reach[of]',
      ),
      gone('either region may answer', client, '[first.host, second.host]', '[first.host]'),
      gone(
        'the global endpoint narrows nothing',
        'src/sts/narrowing/scope.ts',
        "!hosts.includes('sts.amazonaws.com') && ",
        '',
      ),
      gone(
        'which region rests is told',
        failover,
        'restsUntil === undefined ? undefined : first.region',
        'undefined',
      ),
      off('it is told once', failover, 'wasResting !== (error !== undefined)'),
      gone(
        'the other one is asked',
        failover,
        'return other().catch(',
        'return Promise.reject(error).catch(',
      ),
      gone('who answered is remembered', failover, 'note(answer)'),
      gone('who failed is remembered', failover, 'note(error)'),
      off('who failed before is remembered', failover, "before && typeof last === 'object'"),
    ],
  },
  {
    tests: [
      'test/sts/narrowing/session-policy.test.ts',
      'test/sts/narrowing.test.ts',
      'test/flows/windows.test.ts',
    ],
    removals: [
      gone(
        'a pin to an address is in the session policy',
        'src/sts/narrowing/session-policy.ts',
        'if (entitlement.pinToSourceIp) added.push(pin(ask.sourceIp, entitlement.rule, reach))',
      ),
      gone(
        'a pin to networks is in the session policy',
        'src/sts/narrowing/session-policy.ts',
        'if (entitlement.pinTo !== undefined) added.push(...denyOutside(entitlement.pinTo))',
      ),
      gone(
        'the end of a window is in the session policy',
        'src/sts/narrowing/session-policy.ts',
        'if (ask.endsAt !== undefined) added.push(denyFrom(ask.endsAt))',
      ),
      gone(
        'tools are told the end of a window',
        'src/sts/narrowing/scope.ts',
        'Math.min(credentials.expiresAt, endsAt)',
        'credentials.expiresAt',
      ),
      gone(
        'addresses of a VPC count at its endpoint alone',
        'src/core/aws/denials.ts',
        'if (vpcNetworks.length === 0) return [first]',
        'return [first]',
      ),
      gone(
        'a call of a service for the person is let through',
        'src/core/aws/denials.ts',
        '    ...notForAService,\n  })\n  if',
        '  })\n  if',
      ),
      gone(
        'a call without a time is after the end',
        'src/core/aws/denials.ts',
        'DateGreaterThanEqualsIfExists',
        'DateGreaterThanEquals',
      ),
    ],
  },
]
