/**
 * Takes the stack down. The models that run are not ours to kill: their containers stay, and the worker of the next
 * `up` adopts them. Only `--purge`, which removes what they would report to, ends them.
 */
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { confirm } from '../terminal/confirm.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { notice } from '../terminal/streams.ts'
import { count } from '../terminal/text.ts'
import type { Docker } from './engine.ts'
import { requireEngine } from './engine.ts'
import { type Home, openHome } from './home.ts'
import { type Installation, projectName, readInstallation } from './installation.ts'
import { takeLock } from './lock.ts'
import { runContainers } from './run-containers.ts'
import { otherInstallations, purgeStore, storePath } from './store-folder.ts'
import { engineStatus } from './error-code.ts'

export type DownOptions = { purge: boolean; yes: boolean }

export type Down = {
  /** Runs whose containers are left running. */
  running: number
  purged: boolean
  installation?: string
  /** After a purge: workers on other hosts, whose models run on there. */
  workers: string[]
}

/** Nothing of the stack runs when this returns. Harmless when there is no stack. */
export async function bringDown(options: DownOptions, env: NodeJS.ProcessEnv): Promise<Down> {
  const home = await openHome(env)
  await using stack = new AsyncDisposableStack()
  stack.use(
    await takeLock(home.lock, (pid) => {
      notice(`another carya command (process ${pid}) is at work on ${home.path}; waiting for it`)
    }),
  )
  const installation = await readInstallation(home)
  if (!installation) return { running: 0, purged: options.purge, workers: [] }
  const store = storePath(home, installation)
  if (options.purge) await mayPurge(store, installation, options.yes)
  const { docker } = await requireEngine(env)
  await removeParts(docker, projectName(installation))
  const runs = await runContainers(docker, installation)
  if (!options.purge) {
    const running = runs.filter(({ State }) => State === 'running').length
    return { running, purged: false, installation: installation.id, workers: [] }
  }
  const step = startStep('removing the data')
  for (const { Id } of runs) await gone(docker.getContainer(Id).remove({ force: true, v: true }))
  await removeVolumes(docker, projectName(installation))
  await purgeStore(home, store)
  await forgetInstallation(home)
  step.done(
    runs.length > 0 ? `removed the data and ${count(runs.length, 'container')} of runs` : 'removed the data',
  )
  return { running: 0, purged: true, installation: installation.id, workers: workersOf(installation) }
}

const workersOf = ({ workers = {} }: Installation): string[] => Object.keys(workers)

/** Ends the command, with nothing touched, where the data are not ours alone, or nobody says yes. */
async function mayPurge(store: string, installation: Installation, yes: boolean): Promise<void> {
  const others = await otherInstallations(store, installation)
  if (others.length > 0) {
    throw new CommandFailure(exitCodes.failed, {
      title: `The store (${store}) has data of another installation too: ${others.join(', ')}.`,
      detail: 'Which are whose cannot be told. Nothing was touched.',
      help: [`If that one is gone: remove its mark in ${store}/carya, and repeat this.`],
    })
  }
  if (yes) return
  const names = workersOf(installation)
  const elsewhere =
    names.length > 0
      ? ` Models that ${names.join(' and ')} on other hosts have started run on, and their outputs go too: stop them first.`
      : ''
  await confirm(`This removes all queues, records, passwords and outputs (${store}).${elsewhere}`, 'purge')
}

/** The worker first and the servers last, each stopped with the time its compose entry gives it, then the network. */
async function removeParts(docker: Docker, project: string): Promise<void> {
  const filters = { label: [`com.docker.compose.project=${project}`] }
  const found = await docker.listContainers({ all: true, filters })
  const step = startStep('stopping the stack')
  for (const names of [['worker'], ['dispatcher'], ['rabbitmq', 'redis']]) {
    const wave = found.filter(({ Labels }) => names.includes(Labels['com.docker.compose.service'] ?? ''))
    await Promise.all(
      wave.map(async ({ Id, Labels }) => {
        step.update(`${Labels['com.docker.compose.service']}`)
        const container = docker.getContainer(Id)
        await gone(container.stop())
        await gone(container.remove({ force: true }))
      }),
    )
  }
  for (const network of await docker.listNetworks({ filters }))
    await gone(docker.getNetwork(network.Id).remove())
  step.done('stopped the stack')
}

async function removeVolumes(docker: Docker, project: string): Promise<void> {
  const filters = { label: [`com.docker.compose.project=${project}`] }
  const { Volumes } = await docker.listVolumes({ filters })
  for (const { Name } of Volumes ?? []) await gone(docker.getVolume(Name).remove())
}

/** What is already stopped or not there is done. */
async function gone(action: Promise<unknown>): Promise<void> {
  try {
    await action
  } catch (error) {
    // already stopped, not there, on its way out
    if (![304, 404, 409].includes(engineStatus(error) ?? 0)) throw error
  }
}

/** Removes what makes an installation; a folder of the user's own may have other things in it. */
async function forgetInstallation(home: Home): Promise<void> {
  const ours = [home.installation, home.stackEnv, home.secrets]
  ours.push(dirname(home.definitions), dirname(home.redisUsers))
  for (const name of await readdir(home.path)) {
    const path = join(home.path, name)
    // with what a command that was killed has left unfinished beside it
    if (ours.some((each) => path === each || path.startsWith(`${each}.`))) await rm(path, { recursive: true })
  }
}
