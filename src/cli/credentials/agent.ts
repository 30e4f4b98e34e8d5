type Environment = Readonly<Record<string, string | undefined>>

/**
 * Variables by which programs say that an AI agent runs them, the most telling first; with a name where the value is
 * none. Whoever sets or unsets one of them decides what this program takes itself for: it is no proof.
 */
const known: readonly (readonly [variable: string, name?: string])[] = [
  ['ROLEBRIDGE_AGENT'],
  ['CLAUDECODE', 'claude-code'],
  ['CURSOR_AGENT', 'cursor'],
  ['CODEX_SANDBOX', 'codex'],
  ['GEMINI_CLI', 'gemini-cli'],
  ['AI_AGENT'],
  ['AGENT'],
]

/**
 * The AI agent that runs this program, by its environment; undefined when none says so. More variables are named by
 * `ROLEBRIDGE_AGENT_VARIABLES=DEVIN,OUR_BOT=our-bot`. Read at every start, by the fast path too: needs no module.
 */
export function agentIn(env: Environment): string | undefined {
  const more = (env.ROLEBRIDGE_AGENT_VARIABLES ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry): readonly [string, string?] => {
      const [variable = '', name] = entry.split('=')
      return [variable, name || undefined]
    })
  for (const [variable, name] of [...known, ...more]) {
    const value = env[variable]?.trim() ?? ''
    if (value === '' || /^(?:0|false|no|off)$/i.test(value)) continue
    const said = /^(?:1|true|yes|on)$/i.test(value) ? variable : value
    // It travels in a header.
    return (name ?? said).replace(/[^\x21-\x7e]/g, '-').slice(0, 64)
  }
  return undefined
}
