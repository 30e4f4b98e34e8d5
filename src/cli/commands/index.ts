import type { Register } from '../command.ts'
import { accounts } from './accounts.ts'
import { audit } from './audit.ts'
import { backup } from './backup.ts'
import { check } from './check.ts'
import { completion } from './completion.ts'
import { configure } from './configure.ts'
import { console } from './console.ts'
import { credentialProcess } from './credential-process.ts'
import { credentials } from './credentials.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { env } from './env.ts'
import { exec } from './exec.ts'
import { explain } from './explain.ts'
import { iac } from './iac.ts'
import { init } from './init.ts'
import { keys } from './keys.ts'
import { list } from './list.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { mfa } from './mfa.ts'
import { people } from './people.ts'
import { reload } from './reload.ts'
import { activate, approve, deny, end, request, requests, withdraw } from './requests.ts'
import { restore } from './restore.ts'
import { review } from './review.ts'
import { saml } from './saml.ts'
import { serve } from './serve.ts'
import { sessions } from './sessions.ts'
import { whoami } from './whoami.ts'

/** Every command, in the order of the help: people first, then operators. */
export const commands: readonly Register[] = [
  login,
  logout,
  whoami,
  list,
  credentials,
  credentialProcess,
  exec,
  env,
  console,
  mfa,
  configure,
  explain,
  sessions,
  request,
  requests,
  approve,
  deny,
  activate,
  withdraw,
  end,
  people,
  audit,
  review,
  doctor,
  completion,
  init,
  serve,
  reload,
  backup,
  restore,
  check,
  accounts,
  iac,
  keys,
  saml,
  demo,
]
