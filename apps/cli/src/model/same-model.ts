/** Whether a manifest is that of a registered model, and its image the one that is pinned. */
import type { Model } from '@carya/contracts'
import { isDeepStrictEqual } from 'node:util'
import type { Client } from '../client/client.ts'
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
