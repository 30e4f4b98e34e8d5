import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noPages, pagesOf } from '../browser/pages.ts'
import { AwsClient } from '../flows/aws-client.ts'
import { pathsOfGets } from './page-routes.ts'

test('every page of the web room is one that the browser tests look at', () => {
  const url = 'https://bridge.example'
  const given = { person: '', request: '', record: '' }
  const looked = new Set(pagesOf({ url }, url, new AwsClient({ url }), given).map(({ route }) => route))
  const paths = pathsOfGets()
  assert.ok(paths.includes('/people/:person'))
  const missing = paths.filter((path) => !looked.has(path) && !noPages.some((pattern) => pattern.test(path)))
  assert.deepEqual(
    missing,
    [],
    'a page is a line in test/browser/pages.ts, something else one in its noPages',
  )
})
