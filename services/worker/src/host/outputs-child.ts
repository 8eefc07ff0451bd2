/**
 * The child process that looks at what models leave. What it touches may hang it for ever (a FIFO that slipped
 * through, a file server that is gone): then its parent ends it, and no other part of the worker has noticed.
 */
import { openStore, type Store } from '@carya/store'
import type { OutputsAsked } from '../domain/outputs-asked.ts'
import type { Measured, OutputsFound, Space } from '../ports.ts'
import { readOutputs } from './read-outputs.ts'

/** `folder`: an attempt's, relative to the store's root. */
export type Asked =
  | { kind: 'read'; folder: string; asked: OutputsAsked }
  | { kind: 'measure'; folder: string }
  | { kind: 'space' }
/** By what was asked. */
export type Told = { found?: OutputsFound; measured?: Measured; space?: Space }
export type Question = Asked & { id: number }
export type Answer = { id: number; told?: Told; error?: string }

const MEASURE_SECONDS = 10

const [, , root = ''] = process.argv
const store = openStore(root)

process.on('message', (question: Question) => {
  const { id } = question
  answer(question).then(
    (told) => send({ id, told }),
    (error: unknown) => send({ id, error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit())

function send(message: Answer): void {
  process.send?.(message)
}

async function answer(question: Question): Promise<Told> {
  const open: Store = await store
  switch (question.kind) {
    case 'read':
      return { found: await readOutputs(open, question.folder, question.asked) }
    case 'measure':
      return { measured: await open.measure(`${question.folder}/outputs`, MEASURE_SECONDS) }
    case 'space':
      return { space: await open.space() }
  }
}
