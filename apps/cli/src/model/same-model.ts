/** Whether a manifest is that of a registered model, and its image the one that is pinned; and whether it stayed so. */
import type { Model } from '@carya/contracts'
import { isDeepStrictEqual } from 'node:util'
import type { Client } from '../client/client.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { fieldOf } from './field-of.ts'
import { lookUp, type ManifestSource } from './manifest-source.ts'

/** Asks for the digest where the manifest did not come with it: the registry's, for the tag may have moved. */
export async function isTheSame(
  client: Client,
  model: Model,
  { manifest, found }: ManifestSource,
  json: boolean,
): Promise<boolean> {
  const { Manifest } = await import('@carya/contracts')
  const parsed = Manifest.safeParse(manifest)
  // what the service keeps has its defaults filled in; by an older release it may have been kept otherwise
  const kept = Manifest.safeParse(model.manifest)
  if (!parsed.success || !kept.success || !isDeepStrictEqual(parsed.data, kept.data)) return false
  const { image } = found ?? (await lookUp(client, String(fieldOf(manifest, 'image')), { json, fresh: true }))
  return image.digest === model.image.digest
}

/** Whether a version says the same in both, and is pinned to the same image. */
export function isUnchanged(before: Model, now: Model): boolean {
  return before.image.digest === now.image.digest && isDeepStrictEqual(before.manifest, now.manifest)
}

/** The failure of a command that met another registration of a version than it began with; `again` is the command. */
export function registeredAnew(ref: string, again: string): CommandFailure {
  return new CommandFailure(exitCodes.failed, {
    title: `${ref} was registered anew meanwhile`,
    detail: 'What was tested is not what stands there now.',
    help: [`Say it again: ${again}`],
  })
}
