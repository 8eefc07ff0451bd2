/** An image of RabbitMQ as one release of Debian has it, on a base from a registry or made here by debootstrap. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { debianMirror } from '../../../apps/cli/src/stack/base-image.ts'
import { buildImage, inspectImage, splitTag } from '../../../apps/cli/src/stack/build-image.ts'
import type { Docker } from '../../../apps/cli/src/stack/engine.ts'
import { pullImage } from '../../../apps/cli/src/stack/registry.ts'
import { lastLines, runProgram } from '../../../apps/cli/src/stack/run-program.ts'
import type { BrokerLine } from './lines.ts'

const CONTEXT = join(import.meta.dirname, '../../../docker/rabbitmq')

/** Builds the image of this line if there is none of its name; rejects with the reason why it cannot be had. */
export async function ensureBrokerImage(docker: Docker, { image, suite }: BrokerLine): Promise<void> {
  if (await inspectImage(docker, image)) return
  const base = await ensureBase(docker, suite)
  console.log(`building ${image} from ${base}`)
  const build = { context: CONTEXT, tags: [image], source: `debian ${suite}`, args: { BASE: base } } as const
  await buildImage(docker, build, () => {})
}

async function ensureBase(docker: Docker, suite: string): Promise<string> {
  const name = `debian:${suite}-slim`
  if (await inspectImage(docker, name)) return name
  try {
    await pullImage(docker, name, () => {})
  } catch {
    console.log(`making ${name} by debootstrap: it cannot be pulled`)
    await bootstrap(docker, suite, name)
  }
  return name
}

async function bootstrap(docker: Docker, suite: string, name: string): Promise<void> {
  const sources = ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)', 'Created-By: Packages']
  const mirror = debianMirror((await runProgram('apt-get', sources)).output)
  const folder = await mkdtemp(join(tmpdir(), 'carya-base-'))
  try {
    const made = await runProgram('debootstrap', ['--variant=minbase', suite, folder, mirror])
    if (made.code !== 0) throw new Error(['debootstrap failed:', ...lastLines(made.output, 8)].join('\n'))
    // sid's index is valid for a week only, and a mirror may be behind by more: good enough for a broker under test
    await writeFile(join(folder, 'etc/apt/apt.conf.d/90carya'), 'Acquire::Check-Valid-Until "false";\n')
    const tar = spawn('tar', ['--numeric-owner', '-C', folder, '-cf', '-', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [repo, tag] = splitTag(name)
    const ended = once(tar, 'close')
    await text(await docker.importImage(tar.stdout, { repo, tag, changes: ['CMD ["bash"]'] }))
    await ended
    if (!(await inspectImage(docker, name))) throw new Error(`the engine did not keep ${name}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
