/**
 * The browser side of Rolebridge. Owns: HTTP itself (sessions in cookies, cross-site checks, headers, errors,
 * limits) and the pages. Does not own: who somebody is, what they may have, how it is fetched; every answer to
 * those comes from the bridge. A new page or API is a file in `routes/` and a line in the list that `createWeb`
 * is given.
 */
export { createWeb } from './create-web.ts'
export type { Route, WebDeps, WebHooks } from './deps.ts'
export { type Counts, createCounts } from './guards/rate-limit.ts'
export { apiAuditRoutes } from './routes/api/audit.ts'
export { apiCredentialsRoutes } from './routes/api/credentials.ts'
export { apiMeRoutes } from './routes/api/me.ts'
export { oauthRoutes } from './routes/api/oauth.ts'
export { apiSessionsRoutes } from './routes/api/sessions.ts'
export { awsAuthorizeRoutes } from './routes/aws/authorize.ts'
export { awsOidcRoutes } from './routes/aws/oidc.ts'
export { awsPortalRoutes } from './routes/aws/portal.ts'
export { awsStartRoutes } from './routes/aws/start.ts'
export { consoleRoutes } from './routes/pages/console.ts'
export { credentialsRoutes } from './routes/pages/credentials.ts'
export { deviceRoutes } from './routes/pages/device.ts'
export { explainRoutes } from './routes/pages/explain.ts'
export { healthRoutes } from './routes/pages/health.ts'
export { loginRoutes } from './routes/pages/login.ts'
export { oauthAuthorizeRoutes } from './routes/pages/oauth-authorize.ts'
export { openIdRoutes } from './routes/pages/openid.ts'
export { portalRoutes } from './routes/pages/portal.ts'
export { publicRoutes } from './routes/pages/public.ts'
export { samlRoutes } from './routes/pages/saml.ts'
export { sessionsRoutes } from './routes/pages/sessions.ts'
export { signOutRoutes } from './routes/pages/sign-out.ts'
export { sloRoutes } from './routes/pages/slo.ts'
export { stepUpRoutes } from './routes/pages/step-up.ts'
export type { BrowserSession } from './session.ts'
