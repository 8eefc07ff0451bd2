/** A worker has a model's image from its registry: once for all who wait, told how far it is, and again where it failed. */
import type { Job } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRegistry } from '../../support/registry.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { direct, tokenOf, type Director } from '../worker/director.ts'
import { openFront, type Front } from './front.ts'
import { pushOwnImage, type OwnImage } from '../../support/own-image.ts'

const stack = new AsyncDisposableStack()
let director: Director
let front: Front

beforeAll(async () => {
  const registry = stack.use(await startRegistry())
  front = stack.use(await openFront(registry.address))
  const installation = stack.use(await install())
  director = stack.use(await direct(installation))
  director.welcome('w1')
  await installation.worker('w1', { CARYA_WORKER_CPUS: '32' })
})
afterAll(() => stack.disposeAsync())

const named = (repository: string) => `${front.address}/${repository}:1`
const of = ({ name, digest }: Pick<OwnImage, 'name' | 'digest'>, more: Partial<Job> = {}) =>
  director.job('cat /word', { image: { name, digest, by: 'repo' }, lease: 4, ...more })
const fetched = () => front.asked.filter((each) => each.startsWith('GET '))

test('twenty runs that wait for an image pull it once, tell how far it is, and wait no more when they are let go', async () => {
  await using image = await pushOwnImage(named('crowd'), 'many')
  await image.remove()
  front.asked.length = 0
  const release = front.hold()
  const jobs = await Promise.all(Array.from({ length: 20 }, () => director.offer(of(image))))
  const told = new RegExp(`^pulls ${image.name}: \\d+ % of (?:at least )?1\\.\\d MiB$`)
  const isTold = ({ preparing = '' }: { preparing?: string | undefined }) => told.test(preparing)
  await director.beat(({ attempts }) => attempts.length === 20 && attempts.every(isTold))
  const [letGo, ...others] = jobs
  await director.order('w1', { do: 'refused', ...tokenOf(letGo!), reason: 'cancelled', unused: true })
  const left = await director.beat(({ attempts }) => attempts.length === 19)
  expect(left.attempts.some(({ run }) => run === letGo!.run)).toBe(false)
  release()
  for (const job of others)
    expect(await director.finished(job)).toMatchObject({ outcome: 'succeeded', logTail: 'many' })
  const gets = fetched().filter((each) => each !== 'GET /v2/')
  expect(gets.length).toBeGreaterThan(1)
  expect(gets).toEqual([...new Set(gets)])
})

test('a registry that is away for a moment is asked again', async () => {
  await using image = await pushOwnImage(named('patient'), 'at last')
  await image.remove()
  front.answer(2, 503)
  const job = await director.offer(of(image))
  expect(await director.finished(job)).toMatchObject({ outcome: 'succeeded', logTail: 'at last' })
})

test('one that stays away fails the run with its words', async () => {
  await using image = await pushOwnImage(named('away'), 'never')
  await image.remove()
  front.answer(Infinity, 503)
  const job = await director.offer(of(image))
  const { failure } = await director.finished(job)
  front.answer(0, 0)
  expect(failure?.kind).toBe('image_unavailable')
  expect(failure?.detail).toMatch(/away@sha256:\w+ cannot be pulled: (?!\(HTTP).*503 Service Unavailable/)
})

test('what the registry does not have fails the run at once, with its words', async () => {
  front.asked.length = 0
  const digest = `sha256:${'1'.repeat(64)}`
  const job = await director.offer(of({ name: named('nothing'), digest }))
  const { failure } = await director.finished(job)
  expect(failure?.kind).toBe('image_unavailable')
  expect(failure?.detail).toMatch(/cannot be pulled: .*(?:not found|unknown)/)
  // each try asks for the manifest
  expect(fetched().filter((each) => each.includes('/manifests/')).length).toBeLessThan(3)
  await director.order('w1', { do: 'resolve', request: 'no tag', image: named('nothing') })
  const answer = await director.seen('the answer', () =>
    director.reports.find(({ report }) => report.kind === 'resolved' && report.request === 'no tag'),
  )
  expect(answer.report).toMatchObject({ error: expect.stringMatching(/not found|unknown/) })
})

test('a pull that all have left goes on, and who comes later finds the image', async () => {
  await using image = await pushOwnImage(named('left'), 'found')
  await image.remove()
  front.asked.length = 0
  const release = front.hold()
  const job = await director.offer(of(image))
  await until('a layer is asked for', () => fetched().some((each) => each.includes('/blobs/')))
  await director.order('w1', { do: 'refused', ...tokenOf(job), reason: 'cancelled', unused: true })
  await director.beat(({ attempts }) => attempts.length === 0)
  release()
  const next = await director.offer(of(image))
  expect(await director.finished(next)).toMatchObject({ outcome: 'succeeded', logTail: 'found' })
  const gets = fetched().filter((each) => each !== 'GET /v2/')
  expect(gets).toEqual([...new Set(gets)])
})

test('how far the pull is of an image that is only looked up', async () => {
  await using image = await pushOwnImage(named('wanted'), 'found')
  await image.remove()
  const release = front.hold()
  await director.order('w1', { do: 'resolve', request: 'wanted', image: image.name })
  const isTold = ({ image: name, how }: { image: string; how: string }) =>
    name === image.name && /^\d+ % of (?:at least )?1\.\d MiB$/.test(how)
  await director.beat(({ lookups }) => lookups?.some(isTold) === true)
  release()
  await director.seen('the answer', () =>
    director.reports.find(({ report }) => report.kind === 'resolved' && report.request === 'wanted'),
  )
  await director.beat(({ lookups }) => lookups === undefined)
})
