import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { account, walk } from '../init/walk.ts'
import { type ClientRepresentation, type Keycloak, noKeycloak, startKeycloak } from './keycloak-server.ts'

// A real Keycloak, administered by nothing but the page of steps and the metadata that `rolebridge init` wrote: mappers and
// their settings are looked up in it by the words that the page uses.

interface MapperType {
  readonly id: string
  readonly name: string
  readonly properties: readonly { readonly name: string; readonly label: string }[]
}

/** Labels that Keycloak translates before it shows them. */
const shownAs: Readonly<Record<string, string>> = { 'usermodel.prop.label': 'Property' }

/** The mappers of the page's tables, as its form would send them. */
function mappersOf(steps: string, types: readonly MapperType[]): readonly object[] {
  const rows = [...steps.matchAll(/^ *\| \*([^*|]+)\* \| (\*.*) \|$/gm)]
  return rows.map(([, display, settings = ''], index) => {
    const type = types.find(({ name }) => name === display)
    assert.ok(type, `Keycloak has no mapper "${display}": ${types.map(({ name }) => name).join(', ')}`)
    const config = [...settings.matchAll(/\*([^*]+)\* (?:`([^`]+)`|(on|off))/g)].map(
      ([, label = '', value, flag]) => {
        const property = type.properties.find((one) => (shownAs[one.label] ?? one.label) === label)
        const labels = type.properties.map((one) => one.label).join(', ')
        assert.ok(property, `the mapper "${display}" has no "${label}": ${labels}`)
        return [property.name, value ?? String(flag === 'on')]
      },
    )
    return { name: `${index}`, protocol: 'saml', protocolMapper: type.id, config: Object.fromEntries(config) }
  })
}

describe('a stranger with init and the page for Keycloak', { skip: noKeycloak }, () => {
  let keycloak: Keycloak
  before(async () => {
    keycloak = await startKeycloak()
  })
  after(() => keycloak?.close())

  const find = async <T>(path: string, is: (one: T) => boolean): Promise<T> => {
    const found = ((await keycloak.ask('GET', path)) as T[]).find(is)
    assert.ok(found, path)
    return found
  }

  /** Steps 1 and 3 of the page: the client from our metadata, and its mappers. */
  async function makeClient(read: (file: string) => string): Promise<string> {
    const { protocolMapperTypes } = (await keycloak.ask('GET', '/../serverinfo')) as {
      readonly protocolMapperTypes: { readonly saml: readonly MapperType[] }
    }
    const imported = await keycloak.readMetadata(read('sp-metadata.xml'))
    const protocolMappers = mappersOf(read('STEPS.md'), protocolMapperTypes.saml)
    assert.ok(protocolMappers.length >= 2)
    await keycloak.createClient({ ...imported, protocolMappers })
    const { id } = await find<ClientRepresentation>(
      '/corp/clients',
      ({ clientId }) => clientId === imported.clientId,
    )
    return id ?? ''
  }

  /** "What AWS wants to read": roles of the client, given to the group, and nothing else. */
  async function offerRoles(steps: string, id: string): Promise<void> {
    const [name = ''] = /arn:aws:iam::\d+:role\/Admin,arn:aws:iam::\d+:saml-provider\/\w+/.exec(steps) ?? []
    const client = `/corp/clients/${id}`
    await keycloak.ask('POST', `${client}/roles`, { name })
    const role = await find<{ name: string }>(`${client}/roles`, (one) => one.name === name)
    const group = await find<{ id: string; name: string }>(
      '/corp/groups',
      (one) => one.name === `aws-${account}-Admin`,
    )
    await keycloak.ask('POST', `/corp/groups/${group.id}/role-mappings/clients/${id}`, [role])
    const whole = (await keycloak.ask('GET', client)) as ClientRepresentation
    await keycloak.ask('PUT', client, { ...whole, fullScopeAllowed: false })
    const scope = await find<{ id: string; name: string }>(
      `${client}/default-client-scopes`,
      (one) => one.name === 'role_list',
    )
    await keycloak.ask('DELETE', `${client}/default-client-scopes/${scope.id}`)
  }

  for (const mode of ['reissue', 'passthrough'] as const)
    test(`gets a credential, ${mode}`, async (context) => {
      const { take, signIn, offered } = await walk(context, {
        ...{ provider: 'keycloak', mode, roles: ['Admin'] },
        metadata: `${keycloak.realm}/protocol/saml/descriptor`,
        administer: async ({ read }) => {
          const id = await makeClient(read)
          if (mode === 'passthrough') await offerRoles(read('STEPS.md'), id)
          return undefined
        },
      })
      assert.equal(signIn.user, 'alice@corp.example')
      assert.deepEqual(offered, ['Admin'])
      assert.equal(await take('Admin'), 'arn:aws:sts::111122223333:assumed-role/Admin/alice@corp.example')
    })
})
