/**
 * SQLite in a thread of its own: its calls hold their thread until they are done, and a checkpoint of a large database takes
 * longer than people at a sign-in should wait. Plain JavaScript, because a thread does not get the loader of the one
 * that started it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'libsql'

const database = new Database(workerData.path, { timeout: workerData.timeout })
for (const pragma of workerData.pragmas) database.pragma(pragma)

/** Statements that were prepared, the least lately used first. */
const prepared = new Map()
const mostPrepared = 100

function prepare(sql) {
  const known = prepared.get(sql)
  prepared.delete(sql)
  const statement = known ?? database.prepare(sql)
  prepared.set(sql, statement)
  if (prepared.size > mostPrepared) prepared.delete(prepared.keys().next().value)
  return statement
}

function run(sql, parameters) {
  const statement = prepare(sql)
  if (statement.reader) return { rows: statement.all(parameters) }
  const { changes } = statement.run(parameters)
  return { rows: [], changes }
}

parentPort.on('message', ({ id, sql, parameters }) => {
  if (sql === undefined) {
    database.close()
    return process.exit(0)
  }
  try {
    parentPort.postMessage({ id, ...run(sql, parameters) })
  } catch (error) {
    parentPort.postMessage({ id, error: String(error?.message ?? error) })
  }
})
