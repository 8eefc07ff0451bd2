/** An image of RabbitMQ as one release of Debian has it, on a base from a registry or made here by debootstrap. */
import { join } from 'node:path'
import { bootstrapBase } from '../../../apps/cli/src/stack/base-image.ts'
import { buildImage, imageSource, inspectImage } from '../../../apps/cli/src/stack/build-image.ts'
import type { Docker } from '../../../apps/cli/src/stack/engine.ts'
import { pullImage, registryName } from '../../../apps/cli/src/stack/registry.ts'
import { hashSources } from '../../../apps/cli/src/stack/source-hash.ts'
import type { BrokerLine } from './lines.ts'

const CONTEXT = join(import.meta.dirname, '../../../docker/rabbitmq')

/** sid's index is valid for a week only, and a mirror may be behind by more: good enough for a broker under test. */
const STALE_INDEX = 'Acquire::Check-Valid-Until "false";\n'

/**
 * The image of this line: built, unless it was built from the same Dockerfile here, or by the launcher for a stack.
 * Rejects with the reason why it cannot be had.
 */
export async function ensureBrokerImage(docker: Docker, { image, suite }: BrokerLine): Promise<string> {
  // as the launcher has it, which builds one of these lines
  const source = await hashSources(CONTEXT, ['Dockerfile'])
  if ((await imageSource(docker, image)) === source) return image
  const base = await ensureBase(docker, suite)
  console.log(`building ${image} from ${base}`)
  await buildImage(docker, { context: CONTEXT, tags: [image], source, args: { BASE: base } }, () => {})
  return image
}

async function ensureBase(docker: Docker, suite: string): Promise<string> {
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
