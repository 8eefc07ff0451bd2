/** The command `carya`: runs one, and prints how it ended badly. */
import { CommanderError } from 'commander'
import { createProgram, inherit } from './program.ts'
import { engineRefusal, wordsOf } from './stack/error-code.ts'
import { exitCodes } from './terminal/exit-codes.ts'
import { CommandFailure, type Problem, problemJson, problemText } from './terminal/failure.ts'

/** Whether errors are to be JSON: asked of the raw words, since wrong use is found before options are known. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).includes('--json')
}

async function main(words: readonly string[]): Promise<void> {
  const json = wantsJson(words)
  const program = createProgram()
  if (json) program.configureOutput({ writeErr: () => {} })
  try {
    await inherit(program).parseAsync(words, { from: 'user' })
  } catch (error) {
    const failure = error instanceof CommandFailure ? error : engineRefusal(error)
    if (failure) {
      process.exitCode = failure.code
      process.stderr.write(json ? problemJson(failure.problem, failure.code) : problemText(failure.problem))
    } else if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
      if (json && error.exitCode !== 0) {
        process.stderr.write(problemJson({ title: error.message }, exitCodes.usage))
      }
    } else if (json) {
      process.exitCode = exitCodes.failed
      process.stderr.write(problemJson(unexpected(error), exitCodes.failed))
    } else {
      throw error
    }
  }
}

/** A bug, or trouble that nobody thought of: a program that reads JSON gets no stack. */
const unexpected = (error: unknown): Problem => ({
  title: 'The command failed in a way that was not expected.',
  detail: wordsOf(error),
  help: ['Without --json the same command prints where.'],
})

// A reader that has seen enough (`carya ls | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
})

await main(process.argv.slice(2))
