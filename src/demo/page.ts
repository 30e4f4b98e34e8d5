import type { Express, Response } from 'express'
import { type Html, html } from './html.ts'
import { autoPostScript, stylesheet } from './style.ts'

export interface Page {
  readonly title: string
  /** What this server is, shown on every page so that nobody takes it for the real thing. */
  readonly site: string
  readonly body: Html
  readonly narrow?: boolean
  /** Send the page's form at once. */
  readonly autoPost?: boolean
  readonly status?: number
}

// No form-action: browsers apply it to the redirects after a form as well, and a sign-in ends anywhere.
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Sends one page of the demo, never cached, under a policy that allows no inline script or style. */
export function sendPage(response: Response, page: Page): void {
  response
    .status(page.status ?? 200)
    .set({
      'Content-Security-Policy': contentSecurityPolicy,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    .type('html')
    .send(document(page).markup)
}

function document(page: Page): Html {
  const script = page.autoPost ? html`<script src="/auto-post.js" defer></script>` : undefined
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · ${page.site}</title>
<link rel="stylesheet" href="/demo.css">
${script}
</head>
<body>
<header><strong>${page.site}</strong><span class="badge">demo, not for production</span></header>
<main class="${page.narrow ? 'narrow' : 'wide'}">
${page.body}
</main>
</body>
</html>
`
}

/** Serves the stylesheet and the script that the pages refer to. */
export function serveAssets(app: Express): void {
  app.get('/favicon.ico', (_request, response) => {
    response.status(204).end()
  })
  app.get('/demo.css', (_request, response) => {
    response.type('css').send(stylesheet)
  })
  app.get('/auto-post.js', (_request, response) => {
    response.type('js').send(autoPostScript)
  })
}
