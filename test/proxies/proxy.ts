import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../free-port.ts'

export const proxyNames = ['haproxy', 'nginx', 'apache', 'caddy'] as const
export type ProxyName = (typeof proxyNames)[number]

export interface ReverseProxy {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Where scripts/test.mjs found the program; undefined when it is not installed. */
export const programOf = (name: ProxyName) => process.env[`TEST_${name.toUpperCase()}`]

interface Place {
  readonly port: number
  readonly folder: string
  /** The lines of the guide. */
  readonly lines: string
}

/** What stands around the lines of the guide, and how the program is started with it. */
const frames: Record<ProxyName, { config: (place: Place) => string; args: (file: string) => string[] }> = {
  haproxy: {
    config: ({ port, lines }) => `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:${port}
  default_backend bridge
backend bridge
${lines}
`,
    args: (file) => ['-db', '-f', file],
  },
  nginx: {
    config: ({ port, folder, lines }) => `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/${kind};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    location / {
${lines}
    }
  }
}
`,
    args: (file) => ['-c', file, '-e', `${file}.log`],
  },
  apache: {
    config: ({ port, folder, lines }) => `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}
Listen 127.0.0.1:${port}
${['mpm_event', 'authz_core', 'proxy', 'proxy_http'].map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
${lines}
`,
    args: (file) => ['-f', file, '-X'],
  },
  caddy: {
    config: ({ port, lines }) => `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
${lines}
}
`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
}

const modules = process.env.TEST_APACHE_MODULES ?? '/usr/lib/apache2/modules'
const languages: Record<ProxyName, string> = {
  haproxy: 'haproxy',
  nginx: 'nginx',
  apache: 'apache',
  caddy: 'caddyfile',
}

/** Starts a real proxy in front of a port, with the very lines that the guide names. */
export async function startProxy(name: ProxyName, target: number): Promise<ReverseProxy> {
  const guide = await readFile(new URL('../../docs/guides/operations.md', import.meta.url), 'utf8')
  const block = new RegExp(`^\`\`\`${languages[name]}\\n([^\`]*)^\`\`\`$`, 'm').exec(guide)?.[1]
  if (!block?.includes('127.0.0.1:8080')) throw new Error(`the guide has no lines for ${name}`)
  const folder = await mkdtemp(join(tmpdir(), `rolebridge-${name}-`))
  await chmod(folder, 0o755) // workers of some run as another user
  const port = await freePort()
  const file = join(folder, 'proxy.conf')
  const { config, args } = frames[name]
  await writeFile(file, config({ port, folder, lines: block.replaceAll(':8080', `:${target}`) }))
  const child = spawn(programOf(name) ?? name, args(file), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  })
  const stop = async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  await listening(child, port).catch(async (error) => {
    const log = await readFile(join(folder, 'error.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`${name}: ${error.message}\n${log}`)
  })
  return { port, stop }
}

async function end(child: ChildProcess) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await once(child, 'exit')
  clearTimeout(late)
}

/** Resolves when the port answers; the proxies have no common way to say that they are ready. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = ''
  const hear = (chunk: Buffer) => {
    said += chunk
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${said}`)
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open) return
    await pause(50)
  }
  throw new Error(`it did not come up: ${said}`)
}
