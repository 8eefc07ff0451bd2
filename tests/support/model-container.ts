/**
 * Runs a model's image as a worker would, by the contract of a model container and with its isolation, but
 * without a worker: for the models' own tests, which are about the model.
 */
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Manifest } from '@carya/contracts'
import type Docker from 'dockerode'

export type Params = Record<string, number | boolean | string>

export interface ModelRun {
  code: number
  stdout: string
  stderr: string
  /** Text of each file of the outputs folder, by name. */
  outputs: Record<string, string>
}

const MODEL_USER = 10_001

/** The defaults of a manifest, which a run starts from. */
export function defaultsOf(manifest: Manifest): Params {
  return Object.fromEntries(
    Object.entries(manifest.parameters).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
}

/** One run: the manifest's image and command, these parameters and no others, these inputs (texts by name). */
export async function runModel(
  docker: Docker,
  manifest: Manifest,
  params: Params,
  inputs: Record<string, string>,
): Promise<ModelRun> {
  await using folder = await temporaryFolder()
  const uid = process.getuid?.() || MODEL_USER
  const gid = process.getgid?.() || MODEL_USER
  const outputs = join(folder.path, 'outputs')
  await mkdir(outputs)
  await mkdir(join(folder.path, 'inputs'))
  await chown(outputs, uid, gid)
  await Promise.all(
    Object.entries(inputs).map(([name, text]) => writeFile(join(folder.path, 'inputs', name), text)),
  )

  const container = await docker.createContainer({
    Image: manifest.image,
    ...(manifest.command ? { Entrypoint: manifest.command, Cmd: [] } : {}),
    Env: Object.entries(params).map(([name, value]) => `CARYA_PARAM_${name.toUpperCase()}=${value}`),
    WorkingDir: '/carya/outputs',
    User: `${uid}:${gid}`,
    Labels: { 'carya.test': 'model-container' },
    HostConfig: {
      Binds: [`${folder.path}/inputs:/carya/inputs:ro,z`, `${outputs}:/carya/outputs:z`],
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 64 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
      PidsLimit: 64,
      Init: true,
    },
  })
  try {
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    const stream = await container.attach({ stream: true, stdout: true, stderr: true })
    docker.modem.demuxStream(stream, stdout, stderr)
    stream.on('end', () => [stdout, stderr].forEach((part) => part.end()))
    const texts = Promise.all([stdout.toArray(), stderr.toArray()])
    await container.start()
    await container.wait()
    const { State } = await container.inspect()
    const [out, err] = await texts
    return {
      code: State.ExitCode,
      stdout: Buffer.concat(out).toString(),
      stderr: Buffer.concat(err).toString(),
      outputs: await textsOf(outputs),
    }
  } finally {
    await container.remove({ force: true })
  }
}

async function textsOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder)
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  )
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'carya-model-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
