/**
 * `npm run image`: builds the image of the Dockerfile where no registry of images is reached, by buildah and as root, from
 * a base made of Debian's packages (mmdebstrap) and of Node and npm as npm carries them; leaves it unpacked in
 * release/image, ready for an OCI runtime, and starts it by crun in a test. `-- --where-possible` says a sentence where the
 * machine does not allow it. Where there is a registry of images: `docker build .`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from '../executable/build.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, 'node_modules/.cache/rolebridge-image')
/** Named after the Node in it, so that another one is another base. */
const base = `localhost/rolebridge-base:${pinnedNode('linux-x64').split('/').at(-4)}`
function run(program, args, options = {}) {
  const { status, stdout, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  })
  if (status !== 0)
    throw new Error(`${program} ${args.slice(0, 4).join(' ')} failed${error ? `: ${error.message}` : ''}.`)
  return stdout?.trim() ?? ''
}

// Neither overlay nor namespaces: both need what containers and CI machines mostly forbid.
const buildah = (...args) =>
  run('buildah', [
    '--storage-driver',
    'vfs',
    '--root',
    join(cache, 'storage'),
    '--runroot',
    join(cache, 'run'),
    ...args,
  ])

/** Debian's smallest system, once. */
function debian() {
  const archive = join(cache, 'debian.tar')
  if (!existsSync(archive))
    run('mmdebstrap', [
      '--quiet',
      '--variant=essential',
      '--include=ca-certificates,libstdc++6',
      'bookworm',
      archive,
    ])
  return archive
}

function npmFolder() {
  const folder = join(cache, 'npm')
  if (existsSync(folder)) return join(folder, 'package')
  mkdirSync(folder, { recursive: true })
  const archive = run('npm', ['pack', 'npm@11', '--loglevel=error'], { cwd: folder })
  run('tar', ['-xzf', archive], { cwd: folder })
  return join(folder, 'package')
}

function buildBase() {
  const container = buildah('from', 'scratch')
  buildah('add', '--quiet', container, debian(), '/')
  buildah('copy', '--quiet', container, pinnedNode('linux-x64'), '/usr/local/bin/node')
  buildah('copy', '--quiet', container, npmFolder(), '/usr/local/lib/node_modules/npm')
  const link =
    'chmod 755 /usr/local/bin/node && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm'
  buildah('run', '--isolation', 'chroot', container, '--', 'sh', '-c', link)
  buildah('commit', '--quiet', '--rm', container, base)
}

/** What npm here is told of its registry, for the npm inside. */
function secrets() {
  const setting = (name) => run('npm', ['config', 'get', name])
  const [npmrc, ca] = [setting('userconfig'), setting('cafile')]
  return [
    ...(existsSync(npmrc) ? ['--secret', `id=npmrc,src=${npmrc}`] : []),
    ...(existsSync(ca) ? ['--secret', `id=ca,src=${ca}`] : []),
  ]
}

/** Builds, and unpacks the image's file system into a folder; answers what the image says of itself. */
function build(folder) {
  const name = 'localhost/rolebridge'
  const options = ['--isolation', 'chroot', '--format', 'docker', '--build-arg', `BASE=${base}`, '--quiet']
  buildah('build', ...options, ...secrets(), '--tag', name, '.')
  const container = buildah('from', '--pull-never', name)
  try {
    const from = buildah('mount', container)
    rmSync(folder, { recursive: true, force: true })
    run('cp', ['-a', from, folder])
  } finally {
    buildah('umount', container)
    buildah('rm', container)
  }
  const { config } = JSON.parse(buildah('inspect', '--type', 'image', name)).Docker
  buildah('rmi', '--force', name)
  return config
}

/** The programs that do it; the system's package manager brings them, where it may. */
function provideTools() {
  const missing = ['buildah', 'crun', 'mmdebstrap'].filter((name) => spawnSync(name, ['--version']).error)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0) throw new Error(`This needs root, and ${missing.join(', ')}.`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['-qq', 'update'], { env })
  run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...missing], { env })
}

/** What only some machines allow: root, mounts, the tools, Debian's packages. Throws with what is missing. */
function prepare() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('This needs Linux on x64.')
  provideTools()
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0)
    throw new Error('This kernel lets nobody mount here.')
  mkdirSync(cache, { recursive: true })
  if (!buildah('images', '--format', '{{.Name}}:{{.Tag}}').split('\n').includes(base)) buildBase()
}

function isPossible() {
  try {
    prepare()
    return true
  } catch (error) {
    if (!process.argv.includes('--where-possible')) throw error
    console.error(`The image is not built here: ${error.message}`)
    return false
  }
}

function buildAndTry() {
  const folder = join(root, 'release/image')
  const config = build(folder)
  writeFileSync(`${folder}.json`, JSON.stringify(config, null, 2))
  console.log(`${folder}: ${run('du', ['-sm', folder]).split('\t')[0]} MB`)
  const env = { ...process.env, UNPACKED_IMAGE: folder }
  run(process.execPath, ['scripts/test.mjs', 'test/packaging/image.test.ts'], { env, stdio: 'inherit' })
}

try {
  if (isPossible()) buildAndTry()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
