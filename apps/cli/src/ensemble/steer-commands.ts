/** `carya pause`, `resume`, `rerun` and `change`: what can be done to an ensemble, beside cancelling it. */
import type { EnsembleView } from '@carya/contracts'
import type { Command } from 'commander'
import { findEnsemble, shortId } from '../client/find-run.ts'
import { parseValue } from '../commands/name-value.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice, printJson } from '../terminal/streams.ts'
import { count } from '../terminal/text.ts'
import { printHead } from './ensemble-text.ts'

const ID = 'the ensemble: its id, at least four characters of its end, or @last'

export function register(program: Command): void {
  const pause = program
    .command('pause')
    .description('have no more members of an ensemble started; those that run go on')
    .argument('<id>', ID)
  withServiceOptions(pause).action((word: string, options: ServiceOptions) =>
    steer(word, options, { verb: 'pause' }, ({ members }) =>
      members.running === 0
        ? 'None of its members runs.'
        : `${count(members.running, 'member')} still running.`,
    ),
  )
  const resume = program.command('resume').description('have a paused ensemble go on').argument('<id>', ID)
  withServiceOptions(resume).action((word: string, options: ServiceOptions) =>
    steer(word, options, { verb: 'resume' }, () => 'It goes on.'),
  )
  registerRerun(program)
  registerChange(program)
}

const RERUN_HELP = `
  carya rerun @last --failed && carya wait @last

The failed members run again, with the same parameters, and those that were not
run because of them. Results then have the later end of each.`

function registerRerun(program: Command): void {
  const command = program
    .command('rerun')
    .description('run the failed members of an ensemble again')
    .argument('<id>', ID)
    .option('--failed', 'those that failed: the only ones that can be run again')
    .addHelpText('after', RERUN_HELP)
  withServiceOptions(command).action((word: string, options: ServiceOptions & { failed?: true }) => {
    if (!options.failed)
      throw new CommandFailure(exitCodes.usage, {
        title: 'Which members are to run again is not said',
        help: ['Add --failed: those that failed, and those that were not run because of them.'],
      })
    return steer(word, options, { verb: 'rerun' }, ({ id }) => `Follow it: carya wait ${shortId(id)}`)
  })
}

type Change = ServiceOptions & { priority?: string; maxParallel?: string }

function registerChange(program: Command): void {
  const command = program
    .command('change')
    .description('change the priority of an ensemble, or how many of its members run at once')
    .argument('<id>', ID)
    .option('--priority <n>', 'from -5 to 5; each step doubles the share')
    .option('--max-parallel <n>', 'members at once at most; none: no bound')
  withServiceOptions(command).action((word: string, options: Change) => {
    const { priority, maxParallel } = options
    if (priority === undefined && maxParallel === undefined)
      throw new CommandFailure(exitCodes.usage, {
        title: 'What to change is not said',
        help: ['Add --priority or --max-parallel.'],
      })
    const body = {
      ...(priority === undefined ? {} : { priority: parseValue(priority) }),
      ...(maxParallel === undefined
        ? {}
        : { maxParallel: maxParallel === 'none' ? null : parseValue(maxParallel) }),
    }
    return steer(word, options, { body }, (ensemble) => {
      const most = ensemble.maxParallel === undefined ? 'no bound on' : `at most ${ensemble.maxParallel}`
      return `Priority ${ensemble.priority}; ${most} members at once.`
    })
  })
}

/** Asks for it, and says what the ensemble is then. */
async function steer(
  word: string,
  options: ServiceOptions,
  { verb, body }: { verb?: string; body?: unknown },
  told: (ensemble: EnsembleView) => string,
): Promise<void> {
  const client = await connect(options, { writes: true })
  const path = `/v1/ensembles/${await findEnsemble(client, word)}`
  const ensemble =
    verb === undefined
      ? await client.json<EnsembleView>(path, { method: 'PATCH', body })
      : await client.json<EnsembleView>(`${path}/${verb}`, { method: 'POST' })
  if (options.json) return printJson(ensemble)
  printHead(ensemble)
  notice(told(ensemble))
}
