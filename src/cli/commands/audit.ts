import { rebuild } from '../audit/rebuild.ts'
import { verify } from '../audit/verify.ts'
import type { Register } from '../command.ts'

export const audit: Register = (program) => {
  const command = program
    .command('audit')
    .description('the audit trail: whether it is whole, and its history')
  verify(command)
  rebuild(command)
}
