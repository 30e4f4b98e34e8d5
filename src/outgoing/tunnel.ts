import { request as requestByHttp } from 'node:http'
import { request as requestByHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { authorization, type OutgoingProxy, sayProxy } from './proxy.ts'

/** Why a proxy gave no tunnel; the code names it where only codes are told. */
function refused(code: string, proxy: OutgoingProxy, why: string): Error {
  return Object.assign(new Error(`the proxy ${sayProxy(proxy)} ${why}`), { code })
}

export interface TunnelOptions {
  readonly proxy: OutgoingProxy
  readonly host: string
  readonly port: number
  /** Milliseconds until the tunnel must stand. */
  readonly timeout: number
  /** Authorities for TLS to the proxy, instead of the system's. */
  readonly ca?: string | undefined
}

/**
 * A connection to `host:port` through the proxy (CONNECT, RFC 9110 §9.3.6). What runs in it is the caller's TLS, so
 * that the proxy learns host and port and nothing else.
 */
export function openTunnel({ proxy, host, port, timeout, ca }: TunnelOptions): Promise<Socket> {
  const at = new URL(proxy.url)
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const login = authorization(proxy)
  const request = at.protocol === 'https:' ? requestByHttps : requestByHttp
  const proxyHost = at.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const ask = request({
      host: proxyHost,
      // Else Node would expect the certificate of whom the Host header names.
      servername: isIP(proxyHost) === 0 ? proxyHost : '',
      port: at.port || (at.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      agent: false,
      headers: { host: target, ...(login !== undefined && { 'proxy-authorization': login }) },
      ...(ca !== undefined && { ca }),
    })
    const late = setTimeout(() => {
      ask.destroy(refused('PROXY_TIMEOUT', proxy, `gave no tunnel to ${target} within ${timeout / 1000} s`))
    }, timeout)
    ask.once('connect', (response, socket, head) => {
      clearTimeout(late)
      if (response.statusCode === 200 && head.length === 0) return resolve(socket as Socket)
      socket.destroy()
      reject(answered(response.statusCode ?? 0, proxy, target))
    })
    // A proxy that refuses may answer as if to any request.
    ask.once('response', (response) => {
      clearTimeout(late)
      response.destroy()
      reject(answered(response.statusCode ?? 0, proxy, target))
    })
    ask.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late)
      const { code = error.name } = error
      reject(
        code === 'PROXY_TIMEOUT' ? error : refused('PROXY_UNREACHABLE', proxy, `cannot be reached (${code})`),
      )
    })
    ask.end()
  })
}

function answered(status: number, proxy: OutgoingProxy, target: string): Error {
  if (status === 407)
    return refused('PROXY_LOGIN', proxy, `wants another user or password for ${target} (it answered 407)`)
  return refused('PROXY_REFUSED', proxy, `gave no tunnel to ${target} (it answered ${status})`)
}
