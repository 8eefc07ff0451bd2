/**
 * The child process that looks at what models left. What it touches may hang it for ever (a FIFO that slipped
 * through, a file server that is gone): then its parent ends it, and no other part of the worker has noticed.
 */
import { limits, inside } from '@carya/contracts'
import { openStore, StoreError, type Store } from '@carya/store'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { parseMetrics, type Metrics } from '../domain/metrics.ts'
import type { OutputsFound } from '../ports.ts'

export type Question = { id: number; folder: string }
export type Answer = { id: number; found?: OutputsFound; error?: string }

const [, , root = ''] = process.argv
const store = openStore(root)

process.on('message', ({ id, folder }: Question) => {
  answer(id, folder).then(send, (error: unknown) =>
    send({ id, error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit())

function send(message: Answer): void {
  process.send?.(message)
}

async function answer(id: number, folder: string): Promise<Answer> {
  const open = await store
  const outputs = `${folder}/outputs`
  const [isThere, listing, read] = await Promise.all([
    isFolder(join(root, outputs)),
    open.list(outputs, limits.outputsListed),
    readMetrics(open, `${outputs}/${inside.metrics}`),
  ])
  const { files, total, notes } = listing
  const metrics = 'metrics' in read ? read.metrics : {}
  const wrong = isThere ? 'error' in read && read.error : 'the folder of the outputs is gone'
  const problem = wrong === false ? {} : { problem: wrong }
  return { id, found: { outputs: files, total, metrics, notes, ...problem } }
}

/** It was made before the model was started; somebody may have removed it. */
async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}

async function readMetrics(open: Store, path: string): Promise<Metrics> {
  try {
    const { size, stream } = await open.read(path, { to: limits.metricsBytes })
    if (size > limits.metricsBytes) {
      stream.destroy()
      return { error: `metrics.json has ${size} bytes; ${limits.metricsBytes} at most are read` }
    }
    return parseMetrics((await buffer(stream)).toString('utf8'))
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return error.code === 'missing' ? { metrics: {} } : { error: 'metrics.json is not a regular file' }
  }
}
