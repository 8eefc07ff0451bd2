/** Models that fill the disk through their outputs: who writes more than it may is stopped, and nobody else. */
import { attemptFolder, type Finished, type Job } from '@carya/contracts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { install } from '../../support/stack.ts'
import { direct } from './director.ts'

const MIB = 2 ** 20
const MANY = 'mkdir m; cd m; seq 1 3000 | xargs touch; sleep 1000'
const LARGE = 'for i in 1 2 3; do head -c 6000000 /dev/zero > f$i; done; sleep 1000'
const SPARSE = 'dd if=/dev/zero of=sparse bs=1 count=0 seek=4G 2>/dev/null; sleep 1000'

async function setUp(settings: Record<string, string> = {}) {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await install())
  const director = stack.use(await direct(installation))
  director.welcome('w1')
  const all = { CARYA_WORKER_CPUS: '8', CARYA_MAX_OUTPUTS: '1GiB', ...settings }
  const start = () => installation.worker('w1', all)
  const disk = (bytes: number): Partial<Job> => ({
    needs: ['disk'],
    resources: { cpus: 1, memory: 64 * MIB, disk: bytes },
  })
  const owned = stack.move()
  const { store } = installation
  return { director, start, disk, store, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
/** How much there was when it was looked depends on the machine. */
const TOO_MUCH = {
  kind: 'output_error',
  detail: expect.stringMatching(/^wrote 1\d(\.\d)? MiB, 8 MiB was asked$/),
}
const failureOf = ({ failure }: Finished) => failure

test('[25] who writes more than was asked, in many files or few, or sparsely, is stopped; a run beside goes on', async () => {
  await using setting = await setUp()
  const { director, start, disk } = setting
  await start()
  const beside = await director.offer(director.job('head -c 7000000 /dev/zero > f; sleep 8', disk(8 * MIB)))
  const jobs = await Promise.all(
    [
      director.job(MANY, disk(8 * MIB)),
      director.job(LARGE, disk(8 * MIB)),
      director.job(SPARSE),
      director.job('dd if=/dev/zero of=sparse bs=1 count=0 seek=4G 2>/dev/null', disk(8 * MIB)),
      director.job('for i in 1 2 3; do head -c 6000000 /dev/zero > f$i; done', disk(8 * MIB)),
    ].map((job) => director.offer(job)),
  )
  const [many, large, sparse, atOnce, brief] = await Promise.all(jobs.map((job) => director.finished(job)))
  expect(failureOf(many!)).toEqual(TOO_MUCH)
  expect(failureOf(large!)).toEqual(TOO_MUCH)
  expect(failureOf(sparse!)).toEqual({
    kind: 'output_error',
    detail: 'wrote 4 GiB, 1 GiB is the most on its host',
  })
  expect([many, large, sparse].map((each) => [each!.outcome, each!.exitCode])).toEqual(
    Array.from({ length: 3 }, () => ['failed', 137]),
  )
  // what no look was in time for is seen at the end
  expect(failureOf(atOnce!)).toEqual({
    kind: 'output_error',
    detail: 'exit code 153, a file grew beyond the limit',
  })
  expect(failureOf(brief!)).toEqual(TOO_MUCH)
  expect((await director.finished(beside)).outcome).toBe('succeeded')
})

test('one that was adopted is guarded as before', async () => {
  await using setting = await setUp()
  const { director, start, disk } = setting
  const first = await start()
  const job = await director.offer(director.job(`sleep 3; ${LARGE}`, disk(8 * MIB)))
  await director.report('started', job)
  await first.stop('SIGKILL')
  await start()
  expect(failureOf(await director.finished(job))).toEqual(TOO_MUCH)
})

test('disk that is offered is packed: what does not fit is declined, and what asks none may write what the host allows', async () => {
  await using setting = await setUp({ CARYA_WORKER_DISK: '10MiB' })
  const { director, start, disk, store } = setting
  await start()
  const waits = 'until [ -e go ]; do sleep 0.1; done'
  const first = await director.offer(director.job(waits, disk(6 * MIB)))
  await director.report('started', first)
  const { size, room } = await director.beat(({ attempts }) => attempts.length === 1)
  expect([size.disk, room.disk]).toEqual([10 * MIB, 4 * MIB])
  const second = await director.offer(director.job('true', disk(6 * MIB)))
  const declined = await director.report('declined', second)
  expect(declined).toMatchObject({ reason: 'does not fit: 6 MiB of disk asked, 4 MiB free' })
  await writeFile(join(store, attemptFolder(first), 'outputs/go'), '')
  expect((await director.finished(first)).outcome).toBe('succeeded')
  const third = await director.offer(director.job('true', disk(6 * MIB)))
  expect((await director.finished(third)).outcome).toBe('succeeded')
  const none = await director.offer(director.job('head -c 12000000 /dev/zero > x'))
  expect((await director.finished(none)).outcome).toBe('succeeded')
})

test('a store that is nearly full has its worker take no jobs, and say so', async () => {
  await using setting = await setUp({ CARYA_LEAST_DISK: '1000TiB' })
  const { director, start } = setting
  await start()
  const { unwell } = await director.seen('it says so', () => director.beats.find((beat) => beat.unwell))
  expect(unwell).toBe('the store has less than 1000 TiB free')
})
