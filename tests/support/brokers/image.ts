/** An image of RabbitMQ as one release of Debian has it, on a base from a registry or made here by debootstrap. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootstrapBase } from '../../../apps/cli/src/stack/base-image.ts'
import { buildImage, imageSource, inspectImage } from '../../../apps/cli/src/stack/build-image.ts'
import type { Docker } from '../../../apps/cli/src/stack/engine.ts'
import { pullImage } from '../../../apps/cli/src/stack/registry.ts'
import type { BrokerLine } from './lines.ts'

const CONTEXT = join(import.meta.dirname, '../../../docker/rabbitmq')
const OURS = 'line of brokers: '

/** sid's index is valid for a week only, and a mirror may be behind by more: good enough for a broker under test. */
const STALE_INDEX = 'Acquire::Check-Valid-Until "false";\n'

/**
 * Builds the image of this line, unless it was built from the same Dockerfile, or by the launcher for a stack. Rejects
 * with the reason why it cannot be had.
 */
export async function ensureBrokerImage(docker: Docker, { image, suite }: BrokerLine): Promise<void> {
  const dockerfile = await readFile(join(CONTEXT, 'Dockerfile'))
  const source = `${OURS}${suite} ${createHash('sha256').update(dockerfile).digest('hex').slice(0, 16)}`
  const had = await imageSource(docker, image)
  if (had !== undefined && (had === source || !had.startsWith(OURS))) return
  const base = await ensureBase(docker, suite)
  console.log(`building ${image} from ${base}`)
  await buildImage(docker, { context: CONTEXT, tags: [image], source, args: { BASE: base } }, () => {})
}

async function ensureBase(docker: Docker, suite: string): Promise<string> {
  const name = `debian:${suite}-slim`
  if (await inspectImage(docker, name)) return name
  try {
    await pullImage(docker, name, () => {})
  } catch {
    console.log(`making ${name} by debootstrap: it cannot be pulled`)
    await bootstrapBase(docker, () => {}, { suite, name, ...(suite === 'sid' && { aptConfig: STALE_INDEX }) })
  }
  return name
}
