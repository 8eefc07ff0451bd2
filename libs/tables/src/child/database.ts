/**
 * DuckDB, locked down: it loads no extension, reads and writes in the folders it is given and nowhere else, and no
 * statement can change that. One thread: then sums and orders are the same in every execution.
 */
import { DuckDBInstance, type DuckDBConnection, type DuckDBDataChunk } from '@duckdb/node-api'
import { list } from './sql.ts'

const MEMORY = '512MB'

export type Database = AsyncDisposable & {
  connection: DuckDBConnection
  run(sql: string): Promise<void>
  /** All rows of a small result; numbers beyond doubles come as bigint. */
  rows(sql: string): Promise<Record<string, unknown>[]>
  /** The chunks of a result of any size, one at a time; each must be used before the next is asked for. */
  chunks(sql: string): AsyncIterable<DuckDBDataChunk>
}

/** `spill` is where what does not fit the memory goes: a folder that exists, in one of `folders`. */
export async function openDatabase(places: {
  spill: string
  folders: readonly string[]
  files?: readonly string[]
}): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY,
    threads: '1',
    temp_directory: places.spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run(`set allowed_directories = ${list(places.folders.map((folder) => `${folder}/`))}`)
  await connection.run(`set allowed_paths = ${list(places.files ?? [])}`)
  await connection.run('set enable_external_access = false')
  await connection.run('set lock_configuration = true')
  return {
    connection,
    async run(sql) {
      await connection.run(sql)
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS(),
    async *chunks(sql) {
      const result = await connection.stream(sql)
      for (;;) {
        const chunk = await result.fetchChunk()
        if (!chunk || chunk.rowCount === 0) return
        yield chunk
      }
    },
    [Symbol.asyncDispose]() {
      connection.closeSync()
      instance.closeSync()
      return Promise.resolve()
    },
  }
}
