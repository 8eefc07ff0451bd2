/** Where a manifest comes from: a file, the folder of a model, or the label of an image. */
import type { FoundImage } from '@carya/contracts'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '../client/client.ts'
import { isFields } from './field-of.ts'
import type { ManifestFile } from './manifest-file.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { showPull } from './show-pull.ts'

export type ManifestSource = ManifestFile & {
  /** what its faults are named by: the file, or the image */
  named: string
  /** of a manifest from a label: the image as it was found */
  found?: FoundImage
  /** whether the registry of its image is to be asked first, as it was for what was `found` */
  fresh: boolean
}

export const MANIFEST_FILE = 'model.yaml'

/**
 * How an image is looked up; `fresh`: its registry is asked first, for the tag may have moved. `instead`: the command
 * that takes a manifest, for those whose image carries none.
 */
export type LookingUp = { json?: boolean | undefined; fresh?: boolean | undefined; instead?: string }

/** A manifest by the word of the user; an image is looked up by a worker. Fails as wrong use, with places. */
export async function manifestBy(client: Client, word: string, how: LookingUp): Promise<ManifestSource> {
  const file = await fileBy(word)
  return file === undefined ? manifestOfImage(client, word, how) : manifestOfFile(client, file, how)
}

/** The manifest in a file, with what it names beside it: templates are in it, and inputs are uploaded. */
export async function manifestOfFile(
  client: Client,
  file: string,
  { fresh = false }: LookingUp,
): Promise<ManifestSource> {
  const { completeManifestFile } = await import('./complete-manifest.ts')
  return { ...(await completeManifestFile(client, file)), named: file, fresh }
}

/** The manifest that an image carries; its `image` is the one that it was found in. */
export async function manifestOfImage(
  client: Client,
  image: string,
  how: LookingUp,
): Promise<ManifestSource> {
  const found = await lookUp(client, image, how)
  if (found.manifest === undefined) throw noLabel(image, how.instead)
  const { readManifest } = await import('./manifest-file.ts')
  const read = readManifest(found.manifest, image)
  const manifest = isFields(read.manifest) ? { ...read.manifest, image } : read.manifest
  return { ...read, manifest, named: image, found, fresh: how.fresh === true }
}

/** Has a worker look the image up. */
export async function lookUp(
  client: Client,
  image: string,
  { json = false, fresh = false }: LookingUp,
): Promise<FoundImage> {
  const step = json ? undefined : startStep(`looking up the image ${image}`)
  try {
    const body = { image, fresh }
    const ask = () => client.json<FoundImage>('/v1/images', { method: 'POST', body })
    const found = step ? await showPull(client, image, step, ask) : await ask()
    step?.done(`image ${image} is ${shortDigest(found.image.digest)}`)
    return found
  } catch (error) {
    step?.fail()
    throw error
  }
}

/** `sha256:0123456789ab…` */
export function shortDigest(digest: string): string {
  return `${digest.slice(0, 19)}…`
}

/** The file that a word names; undefined where it can only be an image. */
async function fileBy(word: string): Promise<string | undefined> {
  const stats = await stat(word).catch(() => undefined)
  if (stats?.isDirectory()) return join(word, MANIFEST_FILE)
  return stats !== undefined || /\.ya?ml$|^\.{0,2}\//.test(word) ? word : undefined
}

function noLabel(image: string, instead = 'carya model add model.yaml'): CommandFailure {
  return new CommandFailure(exitCodes.usage, {
    title: `${image} carries no manifest`,
    help: [
      `Name the manifest instead: ${instead}`,
      'An image that carya model build has made carries its own, in a label, unless',
      'the manifest names files beside it.',
    ],
  })
}
