import type { MemberRow } from '@carya/contracts'

/** States, the one that counts most first. */
export const statesByWeight = ['succeeded', 'failed', 'cancelled'] as const

/** A row, and the line of its segment that it was read from. */
export type RowLine = { row: MemberRow; line: string }

/**
 * Which of two rows of one member counts: that of the higher round, then of the better state, then that which ended
 * later, then the greater text. A total order, the same as `child/members.ts` has in SQL.
 */
export function counts(one: RowLine, other: RowLine): boolean {
  if (one.row.round !== other.row.round) return one.row.round > other.row.round
  const weight = ({ row }: RowLine) => statesByWeight.indexOf(row.state)
  if (weight(one) !== weight(other)) return weight(one) < weight(other)
  const [ended, otherEnded] = [Date.parse(one.row.endedAt), Date.parse(other.row.endedAt)]
  if (ended !== otherEnded) return ended > otherEnded
  return Buffer.compare(Buffer.from(one.line), Buffer.from(other.line)) > 0
}
