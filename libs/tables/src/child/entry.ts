/** The child process that makes tables: takes one task, answers it, ends. It is nice, and outlives no parent. */
import type { EnsembleSummary } from '@carya/contracts'
import { constants, setPriority } from 'node:os'
import type { Answer, ImportOutcome, Task } from '../task.ts'
import { analyse } from './analyse.ts'
import { importTable } from './import.ts'

setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
// not exit: it would wait for native threads
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.once('message', (task: Task) => {
  const value: Promise<EnsembleSummary | ImportOutcome> =
    task.kind === 'analyse' ? analyse(task.analysis) : importTable(task.table)
  value.then(
    (given) => answer({ value: given }),
    (error: unknown) => answer(inWords(error)),
  )
})

function inWords(error: unknown): { error: string; code?: string } {
  if (!(error instanceof Error)) return { error: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return { error: error.message, ...code }
}

function answer(message: Answer<EnsembleSummary | ImportOutcome>): void {
  process.send?.(message, () => process.exit(0))
}
