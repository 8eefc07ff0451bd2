/**
 * Whose the files are. Everything in the store belongs to the owner of its root, so that a user can read and delete
 * the outputs of his runs without becoming root. Models never run as root: where root owns the root, the models'
 * own part belongs to 10001:10001.
 */
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from './error.ts'

export type Owner = { uid: number; gid: number }
const NOBODY_OF_OURS: Owner = { uid: 10_001, gid: 10_001 }

/** As whom models run: the owner of the store's root, or 10001:10001 where that is root. */
export function modelOwner(rootOwner: Owner): Owner {
  return rootOwner.uid === 0 ? NOBODY_OF_OURS : { uid: rootOwner.uid, gid: rootOwner.gid }
}

/** Makes a folder (its parent exists) that belongs to the owner; being there already is fine. */
export async function makeOwned(path: string, owner: Owner): Promise<void> {
  await makeNew(path)
  await own(path, owner)
}

/** Makes a folder and those above it, up to the root, all belonging to the owner. */
export async function makeBelow(root: string, relative: string, owner: Owner): Promise<void> {
  if (process.getuid?.() !== 0) {
    await mkdir(join(root, relative), { recursive: true })
    return
  }
  let path = root
  for (const part of relative.split('/')) {
    path = join(path, part)
    if (await makeNew(path)) await own(path, owner)
  }
}

/** False where it is there already. */
async function makeNew(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o755 })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Only root can give a folder away; anybody else must be the owner to begin with. */
async function own(path: string, owner: Owner): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, owner.uid, owner.gid)
}
