/**
 * Whose the files are. Everything in the store belongs to the owner of its root, so that a user can read and delete
 * the outputs of his runs without becoming root. Models never run as root: where root owns the root, the models'
 * own part belongs to 10001:10001.
 */
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

export type Owner = { uid: number; gid: number }
const NOBODY_OF_OURS: Owner = { uid: 10_001, gid: 10_001 }

/** As whom models run: the owner of the store's root, or 10001:10001 where that is root. */
export function modelOwner(rootOwner: Owner): Owner {
  return rootOwner.uid === 0 ? NOBODY_OF_OURS : { uid: rootOwner.uid, gid: rootOwner.gid }
}

/**
 * Makes a folder inside the root, and those above it that are missing, all belonging to the owner; being there
 * already is fine. Only root can give folders away: anybody else must be the owner to begin with.
 */
export async function makeBelow(root: string, relative: string, owner: Owner): Promise<void> {
  const path = join(root, relative)
  const first = await mkdir(path, { recursive: true, mode: 0o755 })
  if (first === undefined || !isRoot()) return
  const made = [first]
  for (const part of path.slice(first.length + 1).split('/'))
    if (part !== '') made.push(join(made.at(-1)!, part))
  await Promise.all(made.map((folder) => chown(folder, owner.uid, owner.gid)))
}

/** Gives something to its owner, where we may. */
export async function give(path: string, owner: Owner): Promise<void> {
  if (isRoot()) await chown(path, owner.uid, owner.gid)
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
