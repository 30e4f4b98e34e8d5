import { after, before, describe } from 'node:test'
import { openStore } from '../../src/store/index.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { storeConformance } from './conformance.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server?.stop())

describe('PostgreSQL store', () => {
  let url = ''
  before(async () => {
    url = await server.database()
  })
  storeConformance((clock) => openStore(url, { clock }))
})
