import type { Command, Option } from 'commander'

/** One word that may come next, and what it means. */
export interface Candidate {
  readonly word: string
  readonly say: string
}

/**
 * What may stand in the place of the last word, given the words before it. `known` answers values that only this
 * machine's memory has (roles, accounts). Pure but for that.
 */
export function candidates(
  program: Command,
  words: readonly string[],
  known: (option: string) => readonly Candidate[],
): readonly Candidate[] {
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  if (before.includes('--')) return []
  const { command, rest } = descend(program, before)
  const awaited = optionAwaiting(command, program, rest.at(-1))
  const all = awaited ? valuesOf(awaited, known) : [...wordsOf(command, rest, last), ...argumentsOf(command)]
  return all.filter(({ word }) => word.startsWith(last))
}

/** Follows the names of commands; options and their values stand between. */
function descend(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  let [command, rest] = [program, words]
  for (const [index, word] of words.entries()) {
    if (optionAwaiting(command, program, words[index - 1])) continue
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (next) [command, rest] = [next, words.slice(index + 1)]
  }
  return { command, rest }
}

/** The option that takes the next word as its value. */
function optionAwaiting(command: Command, program: Command, word: string | undefined): Option | undefined {
  if (!word?.startsWith('-')) return undefined
  const option = [...command.options, ...program.options].find(
    ({ long, short }) => long === word || short === word,
  )
  return option?.required || option?.optional ? option : undefined
}

function valuesOf(option: Option, known: (option: string) => readonly Candidate[]): readonly Candidate[] {
  return option.argChoices?.map((word) => ({ word, say: '' })) ?? known(option.attributeName())
}

function wordsOf(command: Command, given: readonly string[], last: string): readonly Candidate[] {
  if (!last.startsWith('-'))
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => ({ word: one.name(), say: one.description() }))
  return [...command.options, { long: '--help', hidden: false, description: 'display help' }]
    .filter(({ long, hidden }) => long && !hidden && !given.includes(long))
    .map(({ long, description }) => ({ word: long ?? '', say: description }))
}

function argumentsOf(command: Command): readonly Candidate[] {
  return command.registeredArguments
    .flatMap(({ argChoices }) => argChoices ?? [])
    .map((word) => ({ word, say: '' }))
}

/** The scripts that ask the hidden command `__complete`, by shell. */
export const completionScripts: Readonly<Record<string, string>> = {
  bash: `_rolebridge() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD}") current="\${COMP_WORDS[COMP_CWORD]}"
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    [[ -n $word ]] && COMPREPLY+=("$(printf '%q' "$word")")
  done < <(rolebridge __complete -- "\${words[@]}" 2>/dev/null)
  # A colon parts words for readline: what stands before it is on the line already.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local at="\${current%"\${current##*:}"}" index
    for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]="\${COMPREPLY[index]#"$at"}"; done
  fi
}
complete -o default -F _rolebridge rolebridge
`,
  zsh: `#compdef rolebridge
_rolebridge() {
  local -a found
  local word say
  while IFS=$'\\t' read -r word say; do
    [[ -n $word ]] && found+=("\${word//:/\\\\:}\${say:+:$say}")
  done < <(rolebridge __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe -t rolebridge rolebridge found; else _files; fi
}
if [[ $funcstack[1] == _rolebridge ]]; then _rolebridge "$@"; else compdef _rolebridge rolebridge; fi
`,
  fish: `function __rolebridge_complete
  set -l words (commandline -opc) (commandline -ct)
  rolebridge __complete -- $words[2..-1] 2>/dev/null
end
complete -c rolebridge -f -n 'test (count (__rolebridge_complete)) -gt 0' -a '(__rolebridge_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName rolebridge -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  rolebridge __complete -- @words 2>$null | ForEach-Object {
    $word, $say = $_ -split "\`t", 2
    if (-not $say) { $say = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $say)
  }
}
`,
}
