import { BlockList, isIP } from 'node:net'

/** What is wrong with an entry of `noProxy`; undefined for a host, `.suffix`, address, range or `*`. */
export function exceptionFault(text: string): string | undefined {
  if (text === '*' || range(text) !== undefined) return undefined
  const { name } = split(text)
  if (isIP(name) !== 0 || /^(\*?\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(name)) return undefined
  return 'is neither a host such as sts.corp.example, nor .corp.example, an address, a range such as 10.0.0.0/8, or *'
}

/** Is this host reached without a proxy? As curl and others read NO_PROXY: a name covers what is below it. */
export function isException(entries: readonly string[], hostname: string, port: number): boolean {
  const host = bare(hostname)
  return entries.some((entry) => {
    if (entry === '*') return true
    const block = range(entry)
    const family = isIP(host)
    if (block !== undefined) return family !== 0 && block.check(host, family === 4 ? 'ipv4' : 'ipv6')
    const { name, port: only } = split(entry)
    if (only !== undefined && only !== port) return false
    const wanted = bare(name).replace(/^\*?\./, '')
    return host === wanted || (family === 0 && host.endsWith(`.${wanted}`))
  })
}

/** A host that only this machine reaches: a proxy would reach itself by that name. */
export function isOwnMachine(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|::1|::ffff:(?:127\..*|7f[0-9a-f]{2}:.*))$/.test(
    bare(hostname),
  )
}

function bare(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

function split(entry: string): { readonly name: string; readonly port?: number } {
  if (isIP(entry) !== 0) return { name: entry }
  const [, name, port] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(entry) ?? []
  return name === undefined ? { name: bare(entry) } : { name: bare(name), port: Number(port) }
}

function range(entry: string): BlockList | undefined {
  const [address = '', bits = '', ...more] = entry.split('/')
  const family = isIP(address)
  if (more.length > 0 || family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return undefined
  const list = new BlockList()
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list
}
