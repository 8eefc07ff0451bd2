/** A worker with the real engine, for models that try to get out. */
import type { Job } from '@carya/contracts'
import { engine } from '../../../support/engine.ts'
import { HOSTILE_IMAGE, hostileImage } from '../../../support/hostile-image.ts'
import { install, type Installation } from '../../../support/stack.ts'
import type { Service } from '../../../support/service.ts'
import { direct, type Director } from '../director.ts'

export type Setting = AsyncDisposable & {
  installation: Installation
  director: Director
  worker: Service
  /** What of the job makes it one of the hostile image, with memory for it. */
  hostile: Pick<Job, 'image' | 'resources'>
  /** Runs a script; answers the lines that it printed. */
  says(script: string, more?: Partial<Job>): Promise<string[]>
}

export async function open(settings: Record<string, string> = {}): Promise<Setting> {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await install())
  const digest = await hostileImage()
  const director = stack.use(await direct(installation))
  director.welcome('w1')
  const worker = await installation.worker('w1', { CARYA_WORKER_CPUS: '4', ...settings })
  const opened = stack.move()
  return {
    installation,
    director,
    worker,
    hostile: {
      image: { name: HOSTILE_IMAGE, digest, by: 'id' },
      resources: { cpus: 1, memory: 128 * 2 ** 20 },
    },
    async says(script, more) {
      const job = await director.offer(director.job(script, more))
      const { logTail } = await director.finished(job)
      return logTail.trimEnd().split('\n')
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The host's address on the engine's bridge: what a container with a way out reaches first. */
export async function bridgeAddress(): Promise<string> {
  const { IPAM } = await engine().getNetwork('bridge').inspect()
  const gateway = IPAM?.Config?.[0]?.['Gateway']
  if (gateway === undefined) throw new Error('the engine has no bridge with an address')
  return gateway
}
