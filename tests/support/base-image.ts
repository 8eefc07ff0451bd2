/** A release of Debian, slim, to build images on: from a registry, or made here by debootstrap. */
import { bootstrapBase } from '../../apps/cli/src/stack/base-image.ts'
import { inspectImage } from '../../apps/cli/src/stack/build-image.ts'
import type { Docker } from '../../apps/cli/src/stack/engine.ts'
import { pullImage, registryName } from '../../apps/cli/src/stack/registry.ts'

/** sid's index is valid for a week only, and a mirror may be behind by more: good enough for what is under test. */
const STALE_INDEX = 'Acquire::Check-Valid-Until "false";\n'

/** The name of the image of this suite (`bookworm`), which is on the engine when this returns. */
export async function ensureBase(docker: Docker, suite: string): Promise<string> {
  const name = `debian:${suite}-slim`
  const official = registryName(name, process.env)
  for (const each of [official, name]) if (await inspectImage(docker, each)) return each
  try {
    await pullImage(docker, official, () => {})
    return official
  } catch {
    console.log(`making ${name} by debootstrap: it cannot be pulled`)
    await bootstrapBase(docker, () => {}, { suite, name, ...(suite === 'sid' && { aptConfig: STALE_INDEX }) })
    return name
  }
}
