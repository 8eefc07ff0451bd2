/** The parts that are killed and frozen at random, and come back: services of ours, Redis, the broker. */
import type { Service } from '../../support/service.ts'

/** When a part was away or did not answer, in milliseconds since 1970; `to` is missing while it lasts. */
export type Absence = { from: number; to?: number }

export type Part = {
  name: string
  /** it runs, and nothing is being done to it */
  isUp(): boolean
  absences: readonly Absence[]
  /** Kills it, and starts it again after so long; resolves when it answers. */
  kill(downMs: number): Promise<void>
  /** Stops its processes, and lets them go on after so long. */
  freeze?(forMs: number): Promise<void>
}

/** The deeds of a part; `start` resolves when it answers. */
type Deeds = {
  kill(): Promise<unknown>
  start(): Promise<unknown>
  signal?: (name: 'SIGSTOP' | 'SIGCONT') => void
  wait: (ms: number) => Promise<void>
}

export function part(name: string, { kill, start, signal, wait }: Deeds): Part {
  const absences: Absence[] = []
  let isUp = true
  const away = async (work: () => Promise<void>) => {
    const absence: Absence = { from: Date.now() }
    absences.push(absence)
    isUp = false
    await work()
    absence.to = Date.now()
    isUp = true
  }
  return {
    name,
    absences,
    isUp: () => isUp,
    kill: (downMs) =>
      away(async () => {
        await kill()
        await wait(downMs)
        await start()
      }),
    ...(signal
      ? {
          freeze: (forMs: number) =>
            away(async () => {
              signal('SIGSTOP')
              await wait(forMs)
              signal('SIGCONT')
            }),
        }
      : {}),
  }
}

/** A part that is a service of ours: `open` starts a process of it, which is ready when that resolves. */
export async function servicePart(
  name: string,
  open: () => Promise<Service>,
  wait: (ms: number) => Promise<void>,
): Promise<{ part: Part; lives: Service[] }> {
  const lives = [await open()]
  const current = () => lives.at(-1)!
  const made = part(name, {
    kill: () => current().stop('SIGKILL'),
    start: async () => void lives.push(await open()),
    signal: (signal) => void current().process.kill(signal),
    wait,
  })
  return { part: made, lives }
}
