/**
 * Looks after what the store has free. Where that is hardly anything no jobs are taken: they could only fail, and
 * those that run need the rest. Nobody is stopped for it: who writes most is not who is to blame.
 */
import { leastSpace, tooFull } from '../domain/space.ts'
import type { Clock, Outputs } from '../ports.ts'
import type { Standing } from './standing.ts'

export type SpaceParts = {
  outputs: Pick<Outputs, 'space'>
  standing: Pick<Standing, 'lacks'>
  clock: Pick<Clock, 'after'>
  /** bytes; undefined: in proportion to the disk */
  least: number | undefined
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

const LOOK_SECONDS = 5

/** Goes on until it is disposed of. */
export function watchSpace(parts: SpaceParts): Disposable {
  const { outputs, standing, clock, least, log } = parts
  let isOver = false
  let cancel = () => {}
  let wasFull = false
  const look = async (): Promise<void> => {
    const space = await outputs.space()
    if (isOver) return
    if (space) {
      const lack = tooFull(space, leastSpace(space, least))
      standing.lacks(lack)
      if ((lack !== undefined) !== wasFull) {
        if (wasFull) log.info({ ...space }, 'the store has room again: jobs are taken')
        else log.warn({ ...space }, 'the store is full: no jobs are taken')
        wasFull = !wasFull
      }
    }
    cancel = clock.after(LOOK_SECONDS, () => void look())
  }
  void look()
  return {
    [Symbol.dispose]() {
      isOver = true
      cancel()
    },
  }
}
