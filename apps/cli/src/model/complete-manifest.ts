/** A manifest file made ready to be registered: everything in it that the service cannot see is brought there. */
import type { Client } from '../client/client.ts'
import { sourceOf } from '../commands/upload.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { checkManifestFile, type PlacedFault } from './check-manifest-file.ts'
import { setLocal } from './local-files.ts'
import type { ManifestFile } from './manifest-file.ts'

/**
 * The manifest as the service takes it, with the places of its fields, for faults that only the service finds. Templates
 * are in it and inputs are uploaded. Fails as wrong use, naming every fault, before anything is uploaded.
 */
export async function completeManifestFile(client: Client, file: string): Promise<ManifestFile> {
  const checked = await checkManifestFile(file)
  if ('faults' in checked) throw faultyManifest(file, checked.faults)
  const { manifest, uploads, read } = checked
  const urls = new Map<string, string>()
  for (const { local, path } of uploads) {
    const url = urls.get(path) ?? (await sourceOf(client, path))
    urls.set(path, url)
    setLocal(manifest, local, url)
  }
  return { ...read, manifest }
}

/** The faults of a manifest as the failure of a command. */
export function faultyManifest(file: string, faults: readonly PlacedFault[]): CommandFailure {
  return new CommandFailure(exitCodes.usage, {
    title: `${file} is not right`,
    errors: faults.map(({ path, detail, ...at }) => ({
      path: `${at.file}:${at.line}:${at.column}${path === '' ? '' : `: ${path}`}`,
      detail,
    })),
  })
}
