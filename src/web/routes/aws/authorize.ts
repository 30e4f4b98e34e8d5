import { awsClients } from '../../aws/client-registrations.ts'
import type { Route } from '../../deps.ts'
import { field } from '../../request.ts'
import { authorizeRoutes } from '../pages/oauth-authorize.ts'

/** `GET,POST /authorize`: the browser's side of the AWS CLI's sign-in with PKCE. The person is always asked. */
export const awsAuthorizeRoutes: Route = (web) => {
  const clients = awsClients(web)
  return authorizeRoutes('/authorize', (source) => {
    const client = clients.find(field(source, 'client_id', 8192) ?? '')
    return client?.grantTypes.includes('authorization_code') ? client : undefined
  })(web)
}
