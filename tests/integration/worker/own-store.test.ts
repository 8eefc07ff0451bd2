/** A worker on a store that is not its installation's: another folder, or the one beneath a mount that is missing. */
import { workerUser } from '@carya/contracts'
import { openStore } from '@carya/store'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startService } from '../../support/service.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { direct } from './director.ts'

test('a worker says nothing and takes nothing until the store is that of its installation', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  const folder = await mkdtemp(join(tmpdir(), 'carya-other-store-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  if (process.getuid?.() === 0) await chown(folder, 10_001, 10_001)
  const other = await openStore(folder)
  await other.writeSequence('another-one', 7)
  await installation.permitWorker('w1')
  await using worker = startService('worker', {
    CARYA_AMQP_URL: installation.amqpUrl(workerUser('w1')),
    CARYA_STORE: folder,
    CARYA_WORKER: 'w1',
    CARYA_INSTALLATION: installation.name,
  })
  const waits = await worker.line(({ msg }) => msg?.startsWith('this is not the store') === true)
  expect(waits).toMatchObject({ store: other.root, installation: installation.name })
  expect(director.beats).toEqual([])
  const job = await director.offer(director.job('echo x > x'))
  await other.writeSequence(installation.name, 0)
  await worker.line(({ msg }) => msg === 'worker is ready')
  expect((await director.finished(job)).outcome).toBe('succeeded')
})

test('a store is its installation’s from the start of its dispatcher on, before anything has run', async () => {
  await using installation = await install()
  const store = await openStore(installation.store)
  expect(await store.isOf(installation.name)).toBe(false)
  await installation.dispatcher()
  await until('the store is marked', () => store.isOf(installation.name))
})
