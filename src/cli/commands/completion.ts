import { Argument, type Command } from 'commander'
import type { Register } from '../command.ts'
import { roleLabel } from '../roles/role.ts'
import { rememberedRoles } from '../roles/role-memory.ts'
import { candidates, completionScripts } from '../terminal/completion.ts'
import { print } from '../terminal/terminal.ts'

export const completion: Register = (program) => {
  program
    .command('completion')
    .description('print the script that teaches a shell to complete; it says how to load it')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(completionScripts)))
    .action((shell: string) => print(`${completionScripts[shell]}# ${loading[shell]}`))
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      const lines = candidates(root(program), words.length === 0 ? [''] : words, known)
      for (const { word, say } of lines) print(say === '' ? word : `${word}\t${say}`)
    })
}

const loading: Readonly<Record<string, string>> = {
  bash: 'In ~/.bashrc: source <(rolebridge completion bash)',
  zsh: 'In ~/.zshrc, after compinit: source <(rolebridge completion zsh)',
  fish: 'rolebridge completion fish > ~/.config/fish/completions/rolebridge.fish',
  powershell: 'In $PROFILE: rolebridge completion powershell | Out-String | Invoke-Expression',
}

const root = (command: Command): Command => (command.parent ? root(command.parent) : command)

/** Roles and accounts as they were when the bridge last listed them; completing asks nobody. */
function known(option: string): { word: string; say: string }[] {
  const roles = rememberedRoles()
  if (option === 'role') return roles.map((role) => ({ word: roleLabel(role), say: role.roleArn }))
  if (option !== 'account') return []
  const accounts = new Map(roles.map(({ accountName, accountId }) => [accountName, accountId]))
  return [...accounts].map(([word, say]) => ({ word, say }))
}
