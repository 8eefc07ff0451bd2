/**
 * Whose files a stack writes: all its processes that touch the store, and the model containers, run as the owner of
 * the store's root, so that nothing needs to change owners and people can delete their outputs. Never as root: a
 * store that root makes belongs to 10001, or, under sudo, to the user behind it.
 */
import { chown, mkdir, stat } from 'node:fs/promises'

export type Owner = { uid: number; gid: number }

export const NOBODY: Owner = { uid: 10_001, gid: 10_001 }

/** Who a new store is to belong to. */
export function ownerOfNewStore(caller: Owner, env: NodeJS.ProcessEnv): Owner {
  if (caller.uid !== 0) return caller
  const uid = Number(env['SUDO_UID'] ?? 0)
  const gid = Number(env['SUDO_GID'] ?? 0)
  return uid > 0 && gid > 0 ? { uid, gid } : NOBODY
}

/** Who the services run as on a store whose root belongs to `root`. */
export function serviceOwner(root: Owner): Owner {
  return root.uid === 0 ? NOBODY : root
}

/** Makes the store's root if it is missing and says who the services are to run as. */
export async function ensureStore(path: string, env: NodeJS.ProcessEnv): Promise<Owner> {
  const made = await mkdir(path, { recursive: true, mode: 0o755 })
  const caller = { uid: process.getuid?.() ?? NOBODY.uid, gid: process.getgid?.() ?? NOBODY.gid }
  const owner = ownerOfNewStore(caller, env)
  if (made !== undefined && caller.uid === 0) await chown(path, owner.uid, owner.gid)
  const { uid, gid } = await stat(path)
  return serviceOwner({ uid, gid })
}
