/** Whether an exit is heard, and counts, when the engine was away: on an engine that can be taken away. */
import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../services/worker/src/docker/engine.ts'
import { look } from '../../../services/worker/src/docker/look.ts'
import { Watch } from '../../../services/worker/src/docker/watch.ts'
import { ownLabels } from '../../../services/worker/src/domain/isolation.ts'
import { until } from '../../support/until.ts'
import { fakeEngine } from './fake-engine.ts'

const BOOT = 'this-boot'

type Setting = { liveRestore?: boolean; atLaunch?: boolean; boot?: string }

async function setUp({ liveRestore = false, atLaunch = liveRestore, boot = BOOT }: Setting = {}) {
  await using stack = new AsyncDisposableStack()
  const fake = stack.use(await fakeEngine(liveRestore))
  const ending = new AbortController()
  stack.defer(() => ending.abort(new Error('over')))
  const log = { warn: () => {} }
  const engine = openEngine(fake.socketPath, log, ending.signal)
  const watch = stack.use(new Watch({ engine, labels: [], bootId: BOOT, log }))
  fake.set('c', { labels: { [ownLabels.boot]: boot, [ownLabels.liveRestore]: String(atLaunch) } })
  await watch.expect('c')
  fake.tell('start', 'c')
  const owned = stack.move()
  const ended = watch.ended('c').then((end) => ({ code: end.look?.exitCode, trusted: end.trusted }))
  return { fake, engine, watch, ended, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
const exits = (fake: Awaited<ReturnType<typeof fakeEngine>>, exitCode = 0) =>
  fake.set('c', { status: 'exited', exitCode })

describe('an exit', () => {
  test('that the engine tells is heard and counts, though it is written down a moment later', async () => {
    await using setting = await setUp()
    const { fake, ended } = setting
    fake.tell('die', 'c')
    setTimeout(() => exits(fake, 3), 60)
    expect(await ended).toEqual({ code: 3, trusted: true })
  })

  test('while only the stream of events was cut counts: the engine still knows the start', async () => {
    await using setting = await setUp()
    const { fake, ended } = setting
    exits(fake)
    fake.cut()
    expect(await ended).toEqual({ code: 0, trusted: true })
  })

  test('while the engine was restarted does not count', async () => {
    await using setting = await setUp()
    const { fake, ended } = setting
    await fake.restart(() => exits(fake))
    expect(await ended).toEqual({ code: 0, trusted: false })
  })

  test('while the engine was restarted does not count either when something was heard of the new one since', async () => {
    await using setting = await setUp()
    const { fake, watch, ended } = setting
    const release = fake.hold('c')
    await fake.restart(() => exits(fake))
    await until('the worker listens again', () => fake.listeners.size > 0)
    await watch.expect('d')
    fake.set('d', { status: 'exited' })
    fake.tell('start', 'd')
    fake.tell('die', 'd')
    expect(await watch.ended('d')).toMatchObject({ trusted: true })
    release()
    expect(await ended).toEqual({ code: 0, trusted: false })
  })

  test('while the engine was restarted counts where it leaves containers alone', async () => {
    await using setting = await setUp({ liveRestore: true })
    const { fake, ended } = setting
    await fake.restart(() => exits(fake))
    expect(await ended).toEqual({ code: 0, trusted: true })
  })

  test.each([
    ['was not so when the model was launched', { liveRestore: true, atLaunch: false }],
    ['the host was booted since', { liveRestore: true, boot: 'another-boot' }],
  ])('does not count where it does, but %s', async (_why, options) => {
    await using setting = await setUp(options)
    const { fake, ended } = setting
    await fake.restart(() => exits(fake))
    expect(await ended).toEqual({ code: 0, trusted: false })
  })

  test.each([
    ['TERM, as of an engine that is being stopped, does not count', '15', false],
    ['USR1, which ends nothing, counts', '10', true],
  ])('after a signal of %s', async (_what, signal, trusted) => {
    await using setting = await setUp()
    const { fake, ended } = setting
    fake.tell('kill', 'c', { signal })
    exits(fake)
    fake.tell('die', 'c')
    expect(await ended).toEqual({ code: 0, trusted })
  })

  test('after a signal that only the engine remembers does not count', async () => {
    await using setting = await setUp({ liveRestore: true })
    const { fake, watch } = setting
    fake.set('d', { labels: { [ownLabels.boot]: BOOT, [ownLabels.liveRestore]: 'true' } })
    fake.tell('start', 'd')
    fake.tell('kill', 'd', { signal: '15' })
    fake.set('d', { status: 'exited', exitCode: 0 })
    expect(await watch.ended('d')).toMatchObject({ trusted: false })
  })

  test('that the engine tells as it stops does not count', async () => {
    await using setting = await setUp()
    const { fake, ended } = setting
    fake.tell('die', 'c')
    await fake.restart(() => exits(fake))
    expect(await ended).toEqual({ code: 0, trusted: false })
  })
})

describe('an end that nobody heard', () => {
  test.each([
    ['does not count where the engine remembers little of before it', 5, false],
    ['counts where the engine remembers what was long before it', 60, true],
  ])('%s', async (_what, secondsBefore, trusted) => {
    await using setting = await setUp()
    const { fake, watch } = setting
    fake.set('d', { status: 'exited' })
    await fake.restart(() => {})
    fake.tell('exec_start', 'another', {}, secondsBefore)
    fake.tell('die', 'd')
    expect(await watch.ended('d')).toMatchObject({ trusted })
  })

  test('before the stream of events was first opened is found', async () => {
    await using fake = await fakeEngine(false)
    const ending = new AbortController()
    const log = { warn: () => {} }
    const engine = openEngine(fake.socketPath, log, ending.signal)
    const release = fake.hold('events')
    await using watch = new Watch({ engine, labels: [], bootId: BOOT, log })
    fake.set('d', {})
    const ended = watch.ended('d')
    await look(engine, 'd')
    fake.set('d', { status: 'exited', exitCode: 4 })
    release()
    expect((await ended).look?.exitCode).toBe(4)
    ending.abort(new Error('over'))
  })
})

test('an end that the engine cannot tell of at first is found when it can, after an event as after a gap', async () => {
  await using setting = await setUp()
  const { fake, watch, ended } = setting
  fake.fail('c')
  exits(fake, 3)
  fake.tell('die', 'c')
  expect(await ended).toEqual({ code: 3, trusted: true })
  fake.fail('d')
  fake.set('d', { status: 'exited', exitCode: 4 })
  expect((await watch.ended('d')).look?.exitCode).toBe(4)
})

test('what was asked of an engine that is killed while it answers is asked again', async () => {
  await using setting = await setUp()
  const { fake, engine } = setting
  fake.breakOff('c')
  expect(await look(engine, 'c')).toMatchObject({ id: 'c', status: 'running' })
})

test('a model that lives through a restart of the engine is heard to its end', async () => {
  await using setting = await setUp({ liveRestore: true })
  const { fake, ended } = setting
  await fake.restart(() => {})
  await until('the worker listens again', () => fake.listeners.size > 0)
  exits(fake, 5)
  fake.tell('die', 'c')
  expect(await ended).toEqual({ code: 5, trusted: true })
})

test('a container that somebody removed has ended without a code', async () => {
  await using setting = await setUp()
  const { fake, ended } = setting
  fake.forget('c')
  fake.tell('die', 'c')
  expect(await ended).toEqual({ code: undefined, trusted: true })
})

test('one that ended before anybody listened is found', async () => {
  await using setting = await setUp()
  const { fake, watch } = setting
  fake.set('d', { status: 'exited', exitCode: 7 })
  expect((await watch.ended('d')).look?.exitCode).toBe(7)
})
