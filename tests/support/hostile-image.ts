/** An image that means harm, by what it holds and by all that an image can say of itself. */
import { buildImage, engine } from './engine.ts'

export const HOSTILE_IMAGE = 'carya/test-model:hostile'

/** Builds it, quickly where it is there; resolves to its id. */
export async function hostileImage(): Promise<string> {
  const folder = new URL('hostile-model', import.meta.url).pathname
  await buildImage(engine(), folder, ['probe.pl', 'capable.pl'], HOSTILE_IMAGE)
  return (await engine().getImage(HOSTILE_IMAGE).inspect()).Id
}
