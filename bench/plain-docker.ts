/**
 * The baseline: a container with the very settings the worker gives a run's (the same pure function makes them),
 * by the four calls that are the least one can make: create, start, wait, remove, over one keep-alive agent.
 */
import { newId, newNonce, type Job } from '@carya/contracts'
import Docker from 'dockerode'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOptions } from '../services/worker/src/docker/create-options.ts'
import { openAgent } from '../services/worker/src/docker/engine.ts'
import { containerOf } from '../services/worker/src/domain/isolation.ts'

export type PlainDocker = AsyncDisposable & {
  /** One container from create to remove; milliseconds from before `create` to after `start`. */
  run(): Promise<number>
}

export async function plainDocker(
  image: string,
  command: string[],
  installation: string,
): Promise<PlainDocker> {
  const socketPath = process.env['CARYA_DOCKER_SOCKET'] ?? '/var/run/docker.sock'
  // the worker's own agent: docker-modem spends half a run's CPU on printing any other
  const agent = openAgent()
  const options = { socketPath, agent }
  const docker = new Docker(options)
  const folder = await mkdtemp(join(tmpdir(), 'carya-bench-'))
  await mkdir(join(folder, 'outputs'), { mode: 0o777 })
  await writeFile(join(folder, 'params.json'), '{}')
  const { NCPU } = await docker.info()
  const job: Job = {
    v: 1,
    run: '',
    attempt: 1,
    nonce: newNonce(),
    submitter: 'bench',
    model: 'nothing@1',
    image: { name: image, digest: image, by: 'id' },
    command,
    params: {},
    inputs: {},
    files: [],
    resources: { cpus: 1, memory: 256 * 2 ** 20 },
    timeout: 86_400,
    lease: 120,
    pool: 'default',
    needs: [],
    queuedAt: new Date().toISOString(),
  }
  const host = {
    installation,
    worker: 'plain',
    cpus: NCPU,
    user: { uid: 10_001, gid: 10_001 },
    logBytes: 64 * 2 ** 20,
    fileBytes: 64 * 2 ** 30,
    bootId: '',
    liveRestore: true,
  }
  const places = {
    outputs: join(folder, 'outputs'),
    params: join(folder, 'params.json'),
    inputs: [],
    files: [],
  }
  return {
    async run() {
      const spec = containerOf({ ...job, run: newId('r') }, host, places)
      const begin = performance.now()
      const container = await docker.createContainer(createOptions(spec, ['/data'], false))
      await container.start()
      const started = performance.now() - begin
      await container.wait()
      await container.remove()
      return started
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
