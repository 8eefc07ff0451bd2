/** What a run needs is taken away on its host by somebody else: its container, or the image of its model. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { containersOf } from '../../integration/worker/containers-of.ts'
import { TEST_LABEL } from '../../support/containers.ts'
import { engine, unless } from '../../support/engine.ts'
import { lasting } from '../../support/scene.ts'
import { testImage } from '../../support/test-image.ts'
import { openOutage } from '../outage.ts'

test('a container that is removed under its model is a fault of the host: the run is tried again, with one result', async () => {
  await using scene = await openOutage()
  await scene.model('patient', undefined, { lease: '1m' })
  const [run = ''] = await scene.submit('patient')
  await scene.running([run])
  const [container = ''] = await containersOf(run)
  await engine().getContainer(container).remove({ force: true })
  await scene.are([run], 'is tried again', ({ attempts }) => attempts.length === 2)
  await scene.running([run])
  await scene.release([run])
  const [view] = await scene.ends([run], { starts: 2 })
  expect(view?.attempts.map(({ failure }) => failure?.kind)).toEqual(['engine_error', undefined])
})

test('an image that is removed after its model was registered fails a run after five tries, and the next goes on when it is back', async () => {
  await using scene = await openOutage()
  await using image = await ownImage()
  await scene.model('moved', lasting(0), { image: image.name })
  // the worker has seen it, too
  await scene.ends(await scene.submit('moved'))
  await image.remove()
  const [run = ''] = await scene.submit('moved')
  const [view] = await scene.ends([run], { state: 'failed', starts: 0 })
  expect(view?.failure?.kind).toBe('image_unavailable')
  expect(view?.attempts.map(({ failure }) => failure?.kind)).toEqual(
    Array.from({ length: 5 }, () => 'image_unavailable'),
  )
  await image.putBack()
  await scene.ends(await scene.submit('moved'))
})

/** An image of the test's own, which nobody else misses: the usual one under another id. */
async function ownImage() {
  const docker = engine()
  const [repo, tag] = ['carya/test-model', randomBytes(6).toString('hex')]
  const name = `${repo}:${tag}`
  const container = await docker.createContainer({ Image: await testImage(), Labels: TEST_LABEL })
  await container.commit({ repo, tag, changes: `LABEL carya.test=${tag}` })
  await container.remove()
  const kept = await buffer(await docker.getImage(name).get())
  const remove = () =>
    docker
      .getImage(name)
      .remove({ force: true })
      .then(() => undefined, unless({ 404: 'it is not there' }))
  return {
    name,
    remove,
    /** It has the same id again. */
    async putBack() {
      const answer = await docker.loadImage(Readable.from([kept]))
      answer.resume()
      await once(answer, 'end')
    },
    [Symbol.asyncDispose]: remove,
  }
}
