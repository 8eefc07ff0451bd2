/** A container as it is, in the worker's words. */
import type { ContainerInspectInfo } from 'dockerode'
import type { Look } from '../ports.ts'
import { answered, type Engine } from './engine.ts'

/** By id or name; undefined where there is no such container. */
export async function look(engine: Engine, id: string): Promise<Look | undefined> {
  try {
    return toLook(await engine.ask((docker) => docker.getContainer(id).inspect()))
  } catch (error) {
    if (answered(error, 404)) return undefined
    throw error
  }
}

function toLook({ Id, State, HostConfig, Config }: ContainerInspectInfo): Look {
  const startedAt = timeOf(State.StartedAt)
  const finishedAt = timeOf(State.FinishedAt)
  return {
    id: Id,
    status: statusOf(State.Status),
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    error: State.Error ?? '',
    cpus: (HostConfig.NanoCpus ?? 0) / 1e9,
    memory: HostConfig.Memory ?? 0,
    labels: Config.Labels,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  }
}

/** `paused`, `restarting` and `removing` have a process, or had one a moment ago: the end is yet to come. */
export function statusOf(status: string): Look['status'] {
  if (status === 'created') return 'created'
  return status === 'exited' || status === 'dead' ? 'ended' : 'running'
}

/** The engine writes nanoseconds, and the year 1 for never. */
function timeOf(text: string): string | undefined {
  return text.startsWith('0001-') ? undefined : new Date(text).toISOString()
}
