/** What a running container has used so far. */
import { answered, type Engine } from './engine.ts'

type Stats = {
  cpu_stats?: { cpu_usage?: { total_usage?: number } }
  memory_stats?: { usage?: number; max_usage?: number }
}

/** Undefined where it does not run. With cgroup v2 the memory is that of now, else the most so far. */
export async function readUsage(
  engine: Engine,
  id: string,
): Promise<{ cpuSeconds: number; maxMemoryBytes: number } | undefined> {
  try {
    const stats: Stats = await engine.ask((docker) =>
      docker.getContainer(id).stats({ stream: false, 'one-shot': true }),
    )
    const nanoseconds = stats.cpu_stats?.cpu_usage?.total_usage
    const memory = stats.memory_stats?.max_usage ?? stats.memory_stats?.usage
    if (nanoseconds === undefined || memory === undefined) return undefined
    return { cpuSeconds: nanoseconds / 1e9, maxMemoryBytes: memory }
  } catch (error) {
    if (answered(error, 404, 409)) return undefined
    throw error
  }
}
