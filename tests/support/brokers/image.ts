/** An image of RabbitMQ as one release of Debian has it, on a base from a registry or made here by debootstrap. */
import { join } from 'node:path'
import { buildImage, imageSource } from '../../../apps/cli/src/stack/build-image.ts'
import type { Docker } from '../../../apps/cli/src/stack/engine.ts'
import { hashSources } from '../../../apps/cli/src/stack/source-hash.ts'
import { ensureBase } from '../base-image.ts'
import type { BrokerLine } from './lines.ts'

const CONTEXT = join(import.meta.dirname, '../../../docker/rabbitmq')

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
