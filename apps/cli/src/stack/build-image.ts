/** Images built from a folder through the engine's own API, so that neither a docker client nor buildx is needed. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { contextFiles } from './build-context.ts'
import type { Docker } from './engine.ts'
import { engineStatus, engineWords } from './error-code.ts'
import { lastLines } from './run-program.ts'

/** Label that says what an image was made from: while it agrees, the image is not built again. */
export const SOURCE_LABEL = 'carya.source'

export type Build = {
  /** The folder with the Dockerfile and all it copies. */
  context: string
  tags: readonly [string, ...string[]]
  /** Value of the label `carya.source`, where the image is to have it. */
  source?: string
  args?: Record<string, string>
  labels?: Record<string, string>
  dockerfile?: string
}

/** Builds an image; `onStep` follows it. Ends the command with the last lines of the build if it fails. */
export async function buildImage(
  docker: Docker,
  build: Build,
  onStep: (text: string, share?: number) => void,
): Promise<void> {
  const [tag, ...more] = build.tags
  const dockerfile = build.dockerfile ?? 'Dockerfile'
  const answer = await docker
    .buildImage(await packed(build.context, dockerfile), {
      t: tag,
      dockerfile,
      rm: true,
      forcerm: true,
      labels: { ...build.labels, ...(build.source === undefined ? {} : { [SOURCE_LABEL]: build.source }) },
      buildargs: { ...proxyArgs(process.env), ...build.args },
    })
    .catch((error: unknown) => {
      // what it says of a Dockerfile that it cannot read
      throw engineStatus(error) === 400 ? notBuilt(build, [], engineWords(error)) : error
    })
  const said: string[] = []
  for await (const line of createInterface({ input: answer })) {
    const { stream, error }: { stream?: string; error?: string } = JSON.parse(line)
    if (error) throw notBuilt(build, lastLines(said.join('\n'), 15), error)
    const text = stream?.trim()
    if (!text) continue
    said.push(text)
    const step = /^Step (\d+)\/(\d+) : (.*)/.exec(text)
    if (step) onStep(step[3] ?? '', (Number(step[1]) - 1) / Number(step[2]))
  }
  for (const other of more) {
    const [repo, version] = splitTag(other)
    await docker.getImage(tag).tag({ repo, tag: version })
  }
}

/** The folder as a tar archive, without what its `.dockerignore` names. */
async function packed(folder: string, dockerfile: string): Promise<NodeJS.ReadableStream> {
  const files = await contextFiles(folder, dockerfile)
  const words = ['-C', folder, '--no-recursion', '--null', '--verbatim-files-from', '-T', '-', '-cf', '-']
  const tar = spawn('tar', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  tar.stdin.on('error', () => {}) // it says itself why it ended
  tar.stdin.end(files.map((path) => `${path}\0`).join(''))
  return tar.stdout
}

function notBuilt({ tags: [tag], context }: Build, said: readonly string[], error: string): CommandFailure {
  const wantsBuildKit = /BuildKit|parse error/.test(error)
  return new CommandFailure(exitCodes.failed, {
    title: `${tag} could not be built.`,
    detail: [...said, `  | ${error}`].join('\n'),
    help: wantsBuildKit
      ? [
          'BuildKit is not used here. A Dockerfile that needs it (--mount, --chmod, <<END)',
          `is built by: docker buildx build --load -t ${tag} ${context}`,
        ]
      : [],
  })
}

/** A name without and with its tag: `['127.0.0.1:5000/redis', '8']`. */
export function splitTag(name: string): [string, string] {
  const colon = name.lastIndexOf(':')
  return colon > name.lastIndexOf('/') ? [name.slice(0, colon), name.slice(colon + 1)] : [name, 'latest']
}

/** Builds reach the network through the proxy that the caller uses. */
function proxyArgs(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

/** What an image was made from, by its label; nothing where there is no such image. */
export async function imageSource(docker: Docker, name: string): Promise<string | undefined> {
  return (await inspectImage(docker, name))?.Config.Labels?.[SOURCE_LABEL]
}

/** The image, or nothing where there is none of this name. */
export async function inspectImage(
  docker: Docker,
  name: string,
): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(name).inspect()
  } catch (error) {
    if (engineStatus(error) === 404) return undefined
    throw error
  }
}
