/**
 * Judges a scenario that is over, by what can be seen from outside: the engine's own events, the messages that were
 * sent, the files in the store, and what is left on engine, broker and Redis.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { CallApi } from './api.ts'
import { engine } from './engine.ts'
import { watchStarts } from './engine-events.ts'
import type { Installation } from './installation.ts'
import { judgeRun, type Submitted } from './judge/run-judged.ts'
import { hearEvents } from './judge/told-events.ts'
import { leftBehind } from './judge/left-behind.ts'
import { idOfIndexName, keys } from '../../services/dispatcher/src/redis/keys.ts'

export type { Submitted } from './judge/run-judged.ts'

export type Judge = AsyncDisposable & {
  /**
   * What is not as it must be, in sentences; none where all is well. Given are all runs that were submitted. Gives
   * everything a minute to come to rest: what is left may still be on its way out.
   */
  verdict(call: CallApi, submitted: readonly Submitted[]): Promise<string[]>
  /** how often containers of this run were started, as the engines tell */
  starts(run: string): number
}

export type JudgeOptions = {
  /** where models run; none where workers are simulated, and then starts are not counted */
  engines?: readonly Docker[]
}

const PATIENCE_MS = 60_000

/** To be opened when a dispatcher is ready and before the first submission: engines replay few events. */
export async function openJudge(
  installation: Installation,
  { engines = [engine()] }: JudgeOptions = {},
): Promise<Judge> {
  await using stack = new AsyncDisposableStack()
  const told = stack.use(await hearEvents(installation.adminUrl))
  const watches = await Promise.all(engines.map((each) => watchStarts(installation.name, each)))
  for (const watch of watches) stack.use(watch)
  const starts = (run: string) => watches.reduce((sum, watch) => sum + watch.starts(run), 0)

  async function look(call: CallApi, submitted: readonly Submitted[]): Promise<string[]> {
    const left = await leftBehind(installation, engines)
    const judged: string[] = []
    for (const each of submitted) {
      const counted = engines.length === 0 ? undefined : starts(each.id)
      const seen = { events: told.of(each.id), starts: counted, store: installation.store }
      judged.push(...(await judgeRun(call, each, seen)))
    }
    const known = new Set(submitted.map(({ id }) => id))
    const strangers = [...told.runs(), ...(await accepted(installation))].filter((run) => !known.has(run))
    const unasked = [...new Set(strangers)].map((run) => `${run} is there, and nobody submitted it`)
    return [...judged, ...unasked, ...left]
  }

  const owned = stack.move()
  return {
    starts,
    async verdict(call, submitted) {
      const deadline = performance.now() + PATIENCE_MS
      for (;;) {
        const violations = await look(call, submitted).catch((err: unknown) => [
          `cannot be judged: ${String(err)}`,
        ])
        if (violations.length === 0 || performance.now() > deadline) return violations
        await pause(250)
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** All runs that the dispatcher's index has. */
async function accepted({ redis }: Installation): Promise<string[]> {
  const names = await redis.zrange(keys.submissions, 0, '-1')
  return names.map((name) => idOfIndexName(name))
}
