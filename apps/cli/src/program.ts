/**
 * The commands of `carya`. Each is a module of its own that exports `register(program)` and imports what is heavy only
 * when it runs: the help and the quick commands must not wait for zod or the engine's client.
 */
import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { register as cancel } from './commands/cancel.ts'
import { register as logs } from './commands/logs.ts'
import { register as ls } from './commands/ls.ts'
import { register as outputs } from './commands/outputs.ts'
import { register as reproduce } from './commands/reproduce.ts'
import { register as run } from './commands/run.ts'
import { register as show } from './commands/show.ts'
import { register as wait } from './commands/wait-command.ts'
import { register as why } from './commands/why.ts'
import { register as worker } from './commands/worker.ts'
import { register as demo } from './demo/demo-command.ts'
import { register as ensemble } from './ensemble/ensemble-command.ts'
import { register as failures } from './ensemble/failures-command.ts'
import { register as member } from './ensemble/member-command.ts'
import { register as results } from './ensemble/results-command.ts'
import { register as steer } from './ensemble/steer-commands.ts'
import { register as model } from './model/model-command.ts'
import { register as doctor } from './stack/doctor-command.ts'
import { register as down } from './stack/down-command.ts'
import { register as env } from './stack/env-command.ts'
import { register as status } from './stack/status-command.ts'
import { register as test } from './stack/test-command.ts'
import { register as up } from './stack/up-command.ts'

/** In the order of the help. */
const commands: readonly ((program: Command) => void)[] = [
  demo,
  run,
  ensemble,
  ls,
  show,
  wait,
  why,
  logs,
  cancel,
  outputs,
  reproduce,
  results,
  member,
  failures,
  steer,
  model,
  worker,
  up,
  down,
  status,
  doctor,
  env,
  test,
]

/** Columns that are left for descriptions beside long names of commands: they are wrapped all the same. */
const NARROWEST_TEXT = 30

const PROGRAM_HELP = `
Exit codes:
  0    success
  1    the run failed, members of the ensemble failed, a check failed, a part
       did not start
  2    wrong use
  3    the service, the engine or the stack is not reached
  4    the run or ensemble was cancelled
  124  --timeout of a wait has passed; the run goes on
  130  Ctrl-C; the run goes on

Every command takes --json, for programs: an error is then a problem document on
stderr.`

/** The program, which throws instead of ending the process. */
export function createProgram(): Command {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  )
  const program = new Command('carya')
    .description('Runs simulation models from a message queue, each run in a container of its own')
    .version(version)
    .showSuggestionAfterError()
    .configureHelp({ minWidthToWrap: NARROWEST_TEXT })
    .showHelpAfterError('Try carya --help, or carya COMMAND --help.')
    .addHelpText('after', PROGRAM_HELP)
    .exitOverride()
  for (const register of commands) register(program)
  return inherit(program)
}

/** Gives its settings to subcommands at any depth: they must not end the process either. */
export function inherit(command: Command): Command {
  for (const child of command.commands) inherit(child.copyInheritedSettings(command))
  return command
}
