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
  return {
    id: Id,
    status: statusOf(State.Status),
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    error: State.Error ?? '',
    cpus: (HostConfig.NanoCpus ?? 0) / 1e9,
    memory: HostConfig.Memory ?? 0,
    labels: Config.Labels,
    ...timesOf(State),
  }
}

/** When it was started and when it ended, as far as it was and has. No end lies before its start. */
export function timesOf({
  StartedAt,
  FinishedAt,
}: Pick<ContainerInspectInfo['State'], 'StartedAt' | 'FinishedAt'>): Pick<Look, 'startedAt' | 'finishedAt'> {
  const startedAt = timeOf(StartedAt)
  const ended = timeOf(FinishedAt)
  // of a process that ends at once the engine may note the end first
  const finishedAt = startedAt !== undefined && ended !== undefined && ended < startedAt ? startedAt : ended
  return {
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
