/**
 * The command `carya`. Each command is a module of its own that exports `register(program)` and imports what is
 * heavy only when it runs: the help and the quick commands must not wait for zod or the engine's client.
 */
import { Command, CommanderError } from 'commander'
import { readFileSync } from 'node:fs'
import { register as cancel } from './commands/cancel.ts'
import { register as logs } from './commands/logs.ts'
import { register as ls } from './commands/ls.ts'
import { register as model } from './commands/model.ts'
import { register as outputs } from './commands/outputs.ts'
import { register as run } from './commands/run.ts'
import { register as show } from './commands/show.ts'
import { register as why } from './commands/why.ts'
import { register as worker } from './commands/worker.ts'
import { register as demo } from './demo/demo-command.ts'
import { register as doctor } from './stack/doctor-command.ts'
import { register as down } from './stack/down-command.ts'
import { register as env } from './stack/env-command.ts'
import { register as status } from './stack/status-command.ts'
import { register as test } from './stack/test-command.ts'
import { register as up } from './stack/up-command.ts'
import { engineRefusal } from './stack/error-code.ts'
import { exitCodes } from './terminal/exit-codes.ts'
import { CommandFailure, problemJson, problemText } from './terminal/failure.ts'

/** In the order of the help. */
const commands: readonly ((program: Command) => void)[] = [
  demo,
  run,
  ls,
  show,
  why,
  logs,
  cancel,
  outputs,
  model,
  worker,
  up,
  down,
  status,
  doctor,
  env,
  test,
]

function createProgram(): Command {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  )
  const program = new Command('carya')
    .description('Runs simulation models from a message queue, each run in a container of its own')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('Try carya --help, or carya COMMAND --help.')
    .exitOverride()
  for (const register of commands) register(program)
  return inherit(program)
}

/** Subcommands must not end the process either, at any depth. */
function inherit(command: Command): Command {
  for (const child of command.commands) inherit(child.copyInheritedSettings(command))
  return command
}

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
    } else {
      throw error
    }
  }
}

// A reader that has seen enough (`carya ls | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
})

await main(process.argv.slice(2))
