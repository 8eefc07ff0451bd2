/** What an image is pinned by, while its tag moves in the registry. */
import { MANIFEST_LABEL, type Resolved } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { startRegistry } from '../../support/registry.ts'
import { install } from '../../support/stack.ts'
import { testImage, TEST_IMAGE } from '../../support/test-image.ts'
import { direct, type Director } from '../worker/director.ts'
import { openFront, type Front } from './front.ts'
import { pushOwnImage } from '../../support/own-image.ts'

const stack = new AsyncDisposableStack()
let director: Director
let front: Front

beforeAll(async () => {
  const registry = stack.use(await startRegistry())
  front = stack.use(await openFront(registry.address))
  const installation = stack.use(await install())
  director = stack.use(await direct(installation))
  await installation.worker('w1')
  await director.beat(() => true)
})
afterAll(() => stack.disposeAsync())

let asked = 0
async function resolve(image: string, more: { fresh?: boolean } = {}): Promise<Resolved> {
  const request = `request ${(asked += 1)}`
  const order = { do: 'resolve', request, image, ...more } as const
  // an order is repeated until it is answered
  await director.order('w1', order, order)
  return director.seen(`the answer to ${request}`, () =>
    director.reports
      .map(({ report }) => report)
      .find((each): each is Resolved => each.kind === 'resolved' && each.request === request),
  )
}

test('a tag that has moved is seen when the registry is asked, and what is pinned stays what it was', async () => {
  const name = `${front.address}/lab/pond:1`
  const labels = { [MANIFEST_LABEL]: '{ name: pond, version: "1" }' }
  await using before = await pushOwnImage(name, 'before')
  const pinned = { name, digest: before.digest, by: 'repo' } as const
  const answer = await resolve(name)
  expect(answer.image).toEqual(pinned)
  expect(answer).not.toHaveProperty('manifest')

  // somebody else pushes another under the same tag
  await using after = await pushOwnImage(name, 'after', { labels })
  await after.remove()
  await engine()
    .getImage(`${front.address}/lab/pond@${before.digest}`)
    .tag({ repo: `${front.address}/lab/pond`, tag: '1' })
  expect((await resolve(name)).image).toEqual(pinned)
  const fresh = await resolve(name, { fresh: true })
  expect(fresh).toMatchObject({ image: { name, digest: after.digest, by: 'repo' } })
  expect(fresh.manifest).toBe(labels[MANIFEST_LABEL])
  expect((await resolve(name)).image?.digest).toBe(after.digest)

  const runs = await Promise.all(
    [before, after].map(({ digest }) =>
      director.offer(director.job('cat /word', { image: { ...pinned, digest } })),
    ),
  )
  const said = await Promise.all(runs.map(async (run) => (await director.finished(run)).logTail))
  expect(said).toEqual(['before', 'after'])
})

test('a registry that cannot be asked gives no fresh answer, although the image is here', async () => {
  const name = `${front.address}/lab/lake:1`
  await using image = await pushOwnImage(name, 'here')
  front.answer(Infinity, 503)
  const { error } = await resolve(name, { fresh: true })
  front.answer(0, 0)
  expect(error).toMatch(/lake:1 cannot be pulled: .*503.*It is on this host, but perhaps not as its registry/)
  expect((await resolve(name)).image?.digest).toBe(image.digest)
})

test('what has a digest cannot have moved, and no registry is asked for it', async () => {
  const name = `${front.address}/lab/mere:1`
  await using image = await pushOwnImage(name, 'still')
  const asks = front.asked.length
  const reference = `${front.address}/lab/mere@${image.digest}`
  const { image: found } = await resolve(reference, { fresh: true })
  expect(found).toEqual({ name: `${front.address}/lab/mere`, digest: image.digest, by: 'repo' })
  const id = await testImage()
  expect((await resolve(id, { fresh: true })).image).toEqual({ name: id, digest: id, by: 'id' })
  expect(front.asked).toHaveLength(asks)
})

test('what was built here and is in no registry is pinned by its id', async () => {
  const name = `${front.address}/lab/own:1`
  await engine()
    .getImage(await testImage())
    .tag({ repo: `${front.address}/lab/own`, tag: '1' })
  try {
    const built = { name, digest: await testImage(), by: 'id' }
    expect((await resolve(name)).image).toEqual(built)
    expect((await resolve(name, { fresh: true })).image).toEqual(built)
    expect((await resolve(TEST_IMAGE)).image).toMatchObject({ by: 'id' })
  } finally {
    await engine().getImage(name).remove()
  }
})
