/** What goes out with one commit: as much as there is room for, and not too large a commit. */
import type { Room } from './placement.ts'

export type Batch = Room & {
  /** Whether its size ended it: there may be room for more. */
  isSpent(): boolean
}

/** The room as one commit may use it: none is left once it has taken runs of `mostBytes` together. */
export function batchOf(room: Room, bytesOf: (run: string) => number, mostBytes: number): Batch {
  let bytes = 0
  const isSpent = () => bytes >= mostBytes
  return {
    ...room,
    offer(waiting, mayReserve) {
      if (isSpent()) return { taken: false, why: 'full' }
      const verdict = room.offer(waiting, mayReserve)
      if (verdict.taken) bytes += bytesOf(waiting.run)
      return verdict
    },
    isFull: () => isSpent() || room.isFull(),
    isSpent,
  }
}
