/** Preparations that wait for a server: what else can go on beside them. */
import { newId, newNonce, type Job } from '@carya/contracts'
import { openStore } from '@carya/store'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPreparation } from '../../../services/worker/src/host/preparation.ts'
import { until } from '../../support/until.ts'

/** More than there are turns of any kind. */
const MANY = 100

/** A server that hears requests and never answers. */
async function silent() {
  let heard = 0
  const server = createServer(() => void (heard += 1)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${address.port}/`, heard: () => heard, [Symbol.dispose]: close }
}

async function setUp() {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'carya-preparation-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const server = stack.use(await silent())
  const preparation = openPreparation({
    store: await openStore(folder),
    fileRoots: [],
    allowPrivateUrls: true,
    limit: 2 ** 20,
    host: {
      installation: 'test',
      worker: 'w1',
      cpus: 1,
      user: { uid: 10_001, gid: 10_001 },
      fileBytes: 2 ** 20,
      logBytes: 2 ** 20,
      bootId: 'b',
      liveRestore: false,
    },
  })
  const owned = stack.move()
  return { preparation, server, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const job = (inputs: Job['inputs'] = {}): Job => ({
  v: 1,
  run: newId('r'),
  attempt: 1,
  nonce: newNonce(),
  submitter: 'tests',
  model: 'shell@1',
  image: { name: 'shell', digest: `sha256:${'1'.repeat(64)}`, by: 'id' },
  params: {},
  inputs,
  files: [],
  resources: { cpus: 1, memory: 2 ** 26 },
  timeout: 60,
  lease: 60,
  pool: 'default',
  needs: [],
  queuedAt: new Date().toISOString(),
})

test('preparations that wait for a server keep no others back, and those that are let go wait no more', async () => {
  await using setting = await setUp()
  const { preparation, server } = setting
  const letGo = new AbortController()
  const waiting = Array.from({ length: MANY }, () =>
    preparation.prepare(job({ drivers: { url: server.url } }), letGo.signal),
  )
  const ends = Promise.allSettled(waiting)
  await until('the server was asked', () => server.heard() > 0)
  expect(await preparation.prepare(job(), new AbortController().signal)).toHaveProperty('image')
  letGo.abort(new Error('let go'))
  for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: letGo.signal.reason })
})
