/** The folder that a model writes its outputs to. Once it is there it is the model's: nothing in it is trusted, or made. */
import { randomBytes } from 'node:crypto'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf } from './error.ts'
import { give, makeBelow, type Owner } from './owner.ts'

/** An empty file or folder among the outputs that something else is mounted on. `name`: relative to them. */
export type MountPoint = { name: string; isFolder: boolean }

/**
 * Makes `outputs/` in an attempt's folder, which the models' user may write; one that is there already stays as it is.
 * With mount points it appears with all of them, or not at all: a second preparation must not write where a model,
 * which may run already, has put links.
 */
export async function makeOutputs(
  root: string,
  folder: string,
  { rootOwner, models }: { rootOwner: Owner; models: Owner },
  mountPoints: readonly MountPoint[],
): Promise<void> {
  const outputs = `${folder}/outputs`
  if (mountPoints.length === 0) {
    await makeBelow(root, outputs, rootOwner)
    return give(join(root, outputs), models)
  }
  if (await isThere(join(root, outputs))) return
  const temporary = `${outputs}.${randomBytes(6).toString('hex')}`
  try {
    await makeBelow(root, folder, rootOwner)
    await makeBelow(root, temporary, models)
    for (const { name, isFolder } of mountPoints)
      await makeMountPoint(root, `${temporary}/${name}`, isFolder, models)
    await rename(join(root, temporary), join(root, outputs))
  } catch (error) {
    await rm(join(root, temporary), { recursive: true, force: true })
    // another preparation was quicker: it has mount points in it, so that it could not be replaced
    if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error
  }
}

async function makeMountPoint(root: string, path: string, isFolder: boolean, owner: Owner): Promise<void> {
  await makeBelow(root, isFolder ? path : dirname(path), owner)
  if (isFolder) return
  const file = await open(join(root, path), 'wx', 0o644)
  await file.close()
  await give(join(root, path), owner)
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return false
      throw error
    },
  )
}
