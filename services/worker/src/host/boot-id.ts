/** Which boot of the host this is: what the engine says of containers older than it means little (H19). */
import { readFile } from 'node:fs/promises'

/** Random, new at each boot; a constant where the system has none to tell. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown')).trim()
}
