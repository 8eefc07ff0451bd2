/** The image that tests run as a model: busybox alone. A run's `command` is what it does. */
import { buildImage, engine } from './engine.ts'

export const TEST_IMAGE = 'carya/test-model:busybox'

let built: Promise<string> | undefined

/** Builds it where it is not there; resolves to its id, which jobs are pinned by. */
export function testImage(): Promise<string> {
  built ??= find().then(async (found) => {
    if (found !== undefined) return found
    await buildImage(engine(), new URL('test-model', import.meta.url).pathname, [], TEST_IMAGE)
    return (await engine().getImage(TEST_IMAGE).inspect()).Id
  })
  return built
}

async function find(): Promise<string | undefined> {
  const images = await engine().listImages({ filters: { reference: [TEST_IMAGE] } })
  return images[0]?.Id
}
