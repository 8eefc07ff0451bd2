/** The demo's model, made ready: image built, model registered, drivers in the store. */
import type { Model, StoredFile } from '@carya/contracts'
import { seattleDrivers, seattleWeather } from '@carya/model-dalec'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Client } from '../client/client.ts'
import { completeManifestFile } from '../model/complete-manifest.ts'
import { MANIFEST_FILE } from '../model/manifest-source.ts'
import { buildImage, imageSource } from '../stack/build-image.ts'
import type { Docker } from '../stack/engine.ts'
import { root } from '../stack/home.ts'
import { hashSources, sourceFiles } from '../stack/source-hash.ts'
import { startStep } from '../terminal/progress.ts'

const FOLDER = join(root, 'models', 'dalec')
const IMAGE = 'carya/dalec:1.0.0'

/** Builds the image unless the one that is there was made from the same sources; gives its name. */
export async function ensureDalecImage(docker: Docker, base: string): Promise<string> {
  const files = await sourceFiles(FOLDER, ['Dockerfile', 'LICENSE', 'src'], () => false)
  const source = await hashSources(FOLDER, files)
  if ((await imageSource(docker, IMAGE)) === source) return IMAGE
  const step = startStep(`building ${IMAGE}, the model DALEC`)
  try {
    await buildImage(docker, { context: FOLDER, tags: [IMAGE], source, args: { BASE: base } }, step.update)
  } catch (error) {
    step.fail()
    throw error
  }
  step.done(`built ${IMAGE}`)
  return IMAGE
}

/** Registers the model, pinned by the digest that a worker finds for its image. */
export async function registerDalec(client: Client): Promise<Model> {
  const { manifest } = await completeManifestFile(client, join(FOLDER, MANIFEST_FILE))
  return client.json<Model>('/v1/models', { method: 'PUT', body: manifest })
}

/** Puts four years of daily weather at Seattle into the store, in the model's own format; gives the input's URL. */
export async function uploadDrivers(client: Client): Promise<string> {
  const bytes = Buffer.from(seattleDrivers(seattleWeather()))
  const { url } = await client.json<StoredFile>('/v1/files', {
    method: 'PUT',
    body: Readable.from([bytes]),
    headers: { 'content-length': String(bytes.length) },
  })
  return url
}
