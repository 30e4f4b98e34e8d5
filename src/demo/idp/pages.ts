import type { Response } from 'express'
import { html } from '../html.ts'
import { sendPage } from '../page.ts'
import type { DemoPerson } from '../people.ts'
import type { SignedResponse } from './response.ts'

const site = 'Demo identity provider'

/** Everybody's second factor. */
export const demoCode = '123456'

/** The people, and the tile that starts a sign-in from here. */
export function frontPage(response: Response, people: readonly DemoPerson[], signedIn?: DemoPerson): void {
  const body = html`<h1>Sign in as somebody</h1>
<p class="soft">This stands in for Okta, AD FS, Entra ID or Keycloak. Everybody’s password is their name.</p>
<div class="card">
<h2 class="soft">Your apps</h2>
<p><a class="tile" href="/tile" id="app-tile">Rolebridge for AWS</a></p>
<p class="soft">${
    signedIn
      ? html`Signed in here as ${signedIn.displayName}. <a href="/logout">Sign out</a>`
      : html`You will be asked who you are.`
  }</p>
</div>
<h2>People</h2>
<div class="grid">${people.map(personCard)}</div>`
  sendPage(response, { title: 'People and apps', site, body })
}

function personCard(person: DemoPerson) {
  return html`<section class="card"><h3>${person.displayName}</h3>
<p class="soft"><code>${person.username}</code> · ${person.department}${person.mfa ? ' · second factor' : ''}</p>
<ul class="chips">${person.groups.map((group) => html`<li class="badge">${group}</li>`)}</ul></section>`
}

/** The login form; `flow` names the sign-in that waits for it. */
export function loginPage(response: Response, flow: string, fault?: string): void {
  const body = html`<div class="card"><h1>Sign in</h1>
<p class="soft">Rolebridge for AWS asks who you are.</p>
${fault === undefined ? undefined : html`<p class="alert" role="alert">${fault}</p>`}
<form method="post" action="/login">
<input type="hidden" name="flow" value="${flow}">
<label>User name <input name="username" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form></div>
<p class="soft"><a href="/">Who is there?</a> Everybody’s password is their name.</p>`
  sendPage(response, { title: 'Sign in', site, body, narrow: true, status: fault === undefined ? 200 : 401 })
}

/** Asks somebody whose password was right for a second factor. */
export function codePage(response: Response, flow: string, fault?: string): void {
  const body = html`<div class="card"><h1>Second factor</h1>
<p class="soft">Rolebridge for AWS asks for one. Here it is a code that never changes: <strong>${demoCode}</strong></p>
${fault === undefined ? undefined : html`<p class="alert" role="alert">${fault}</p>`}
<form method="post" action="/code">
<input type="hidden" name="flow" value="${flow}">
<label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus></label>
<button type="submit">Sign in</button>
</form></div>`
  sendPage(response, {
    title: 'Second factor',
    site,
    body,
    narrow: true,
    status: fault === undefined ? 200 : 401,
  })
}

/** Carries the response to the service provider (SAML Bindings §3.5.4). */
export function autoPostPage(response: Response, signed: SignedResponse, relayState?: string): void {
  const body = html`<div class="card"><h1>One moment</h1><p class="soft">You are taken back to Rolebridge.</p>
<form method="post" action="${signed.acsUrl}">
<input type="hidden" name="SAMLResponse" value="${signed.samlResponse}">
${relayState === undefined ? undefined : html`<input type="hidden" name="RelayState" value="${relayState}">`}
<noscript><button type="submit">Continue</button></noscript>
</form></div>`
  sendPage(response, { title: 'Signed in', site, body, narrow: true, autoPost: true })
}

export function messagePage(response: Response, status: number, title: string, say: string): void {
  const body = html`<div class="card"><h1>${title}</h1><p>${say}</p><p><a href="/">To the front page</a></p></div>`
  sendPage(response, { title, site, body, narrow: true, status })
}
