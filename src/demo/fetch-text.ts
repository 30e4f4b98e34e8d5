import { get } from 'node:https'

/** The text at an address; by https it trusts the authority that is named and no other. */
export async function fetchText(url: string, authority: string | undefined): Promise<string> {
  if (authority === undefined) return (await fetch(url)).text()
  return new Promise((resolve, reject) => {
    get(url, { ca: authority, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      response.once('end', () => resolve(text)).once('error', reject)
    }).once('error', reject)
  })
}
