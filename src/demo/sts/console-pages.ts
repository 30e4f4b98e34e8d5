import type { Response } from 'express'
import { html } from '../html.ts'
import { sendPage } from '../page.ts'
import { isoSeconds } from './answer.ts'
import type { Issued } from './issued.ts'
import type { IssuedSession } from './session.ts'
import type { AwsState } from './state.ts'

/** A stay in the stand-in console. */
export interface ConsoleSession {
  readonly session: IssuedSession
  /** Where to sign in again, as the bridge said it. */
  readonly issuer?: string
  /** Epoch milliseconds. */
  readonly endsAt: number
}

const consoleSite = 'Stand-in for the AWS console'
const stsSite = 'Local STS'

/** Names the session that a person would act as in the real console. */
export function consolePage(response: Response, stay: ConsoleSession, destination: string): void {
  const { session } = stay
  const tags = Object.entries(session.tags).map(
    ([key, value]) => html`<li class="badge">${key} = ${value}</li>`,
  )
  const body = html`<h1>You are signed in to account ${session.accountId}</h1>
<p class="soft">The real console would open here. This page only shows as whom.</p>
<div class="card"><dl>
<dt>Session</dt><dd><code id="session-arn">${session.arn}</code></dd>
<dt>Account</dt><dd><code id="account">${session.accountId}</code></dd>
<dt>Destination</dt><dd><code id="destination">${destination}</code></dd>
<dt>Ends</dt><dd>${isoSeconds(stay.endsAt)}</dd>
<dt>Source identity</dt><dd>${session.sourceIdentity ?? '–'}</dd>
<dt>Session tags</dt><dd>${tags.length > 0 ? html`<ul class="chips">${tags}</ul>` : '–'}</dd>
</dl></div>
<div><form class="plain" method="post" action="/console/sign-out"><button type="submit">Sign out</button></form>
${stay.issuer ? html` · <a href="${stay.issuer}">Back to where you signed in</a>` : undefined}</div>`
  sendPage(response, { title: `Account ${session.accountId}`, site: consoleSite, body })
}

export function refusalPage(response: Response, say: string, status = 400): void {
  const body = html`<div class="card"><h1>No console session</h1><p>${say}</p></div>`
  sendPage(response, { title: 'Not signed in', site: consoleSite, body, narrow: true, status })
}

/** What this server is, which roles it knows and who took one lately. */
export function stsFrontPage(response: Response, baseUrl: string, state: AwsState, issued: Issued): void {
  const roles = [...state.roles.values()].map(
    (role) => html`<tr><td><code>${role.arn}</code></td><td>${role.maxSessionDuration / 3600} h</td></tr>`,
  )
  const recent = issued
    .recent(10)
    .map(
      (session) =>
        html`<tr><td><code>${session.arn}</code></td><td data-label="Issued">${isoSeconds(session.issuedAt)}</td><td data-label="Expires">${isoSeconds(session.expiresAt)}</td></tr>`,
    )
  const body = html`<h1>A small AWS for this computer</h1>
<p class="soft">It judges SAML responses by AWS’s rules and answers in AWS’s words. The credentials it issues
work here and nowhere else.</p>
<div class="card"><dl>
<dt>Use it</dt><dd><code>export AWS_ENDPOINT_URL_STS=${baseUrl}</code></dd>
<dt>Try it</dt><dd><code>aws sts get-caller-identity</code></dd>
</dl></div>
<h2>Roles</h2>
<div class="scroll"><table><tr><th>Role</th><th>Longest session</th></tr>${roles}</table></div>
<h2>Latest sessions</h2>
${
  recent.length === 0
    ? html`<p class="soft">Nobody has taken a role yet.</p>`
    : html`<div class="scroll"><table class="many"><tr><th>Session</th><th>Issued</th><th>Expires</th></tr>${recent}</table></div>`
}`
  sendPage(response, { title: 'Overview', site: stsSite, body })
}
