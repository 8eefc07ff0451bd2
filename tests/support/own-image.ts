/** Images of a test's own: the usual one with a layer more, under a name in a registry. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage, engine, unless } from './engine.ts'
import { pushImage } from './registry.ts'
import { TEST_IMAGE, testImage } from './test-image.ts'

export type OwnImage = AsyncDisposable & {
  name: string
  /** by which its registry knows it */
  digest: string
  /** Takes it from the engine: all of its names, and so its layer. */
  remove(): Promise<void>
}

const LAYER_BYTES = 2 ** 20

/** Builds and pushes it; `/word` in it has the word. It is on the engine until it is removed. */
export async function pushOwnImage(
  name: string,
  word: string,
  { labels = {}, login = {} }: { labels?: Record<string, string>; login?: object } = {},
): Promise<OwnImage> {
  await testImage()
  const folder = await mkdtemp(join(tmpdir(), 'carya-own-image-'))
  const lines = Object.entries(labels).map(([key, text]) => `LABEL ${key}=${JSON.stringify(text)}`)
  await writeFile(
    join(folder, 'Dockerfile'),
    [`FROM ${TEST_IMAGE}`, 'COPY word bulk /', ...lines, ''].join('\n'),
  )
  await writeFile(join(folder, 'word'), word)
  await writeFile(join(folder, 'bulk'), randomBytes(LAYER_BYTES))
  await buildImage(engine(), folder, ['word', 'bulk'], name)
  await rm(folder, { recursive: true })
  await pushImage(name, login)
  const { Id, RepoDigests } = await engine().getImage(name).inspect()
  const repository = name.slice(0, name.lastIndexOf(':'))
  const digest = RepoDigests.find((each) => each.startsWith(`${repository}@`))?.split('@')[1]
  if (digest === undefined) throw new Error(`${name} has no digest of its registry`)
  const remove = () =>
    engine()
      .getImage(Id)
      .remove({ force: true })
      .then(() => undefined, unless({ 404: 'it is not there' }))
  return { name, digest, remove, [Symbol.asyncDispose]: remove }
}
