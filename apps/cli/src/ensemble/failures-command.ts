/** `carya failures`: which members failed, how, and whether their parameters have something in common. */
import type { Command } from 'commander'
import { findEnsemble, shortId } from '../client/find-run.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { forPeople, notice, printJson, printLine } from '../terminal/streams.ts'
import { tableLines, type Column } from '../terminal/table.ts'
import { failuresLines, type Group } from './failures-text.ts'
import { membersOf } from './progress-lines.ts'
import { readSummary, withResults } from './summary.ts'

const HELP = `
Members that failed alike (kind, exit code, last line of the log) are one group.
Beside each varied parameter stands where the group's members lie and where all
members lie; SHARE is how much of the whole range the group covers: parameters
of a small share come first, and are where to look.

  carya failures @last
  carya member @last 17     the one named as example: its log, its parameters`

export function register(program: Command): void {
  const command = program
    .command('failures')
    .description('show which members of an ensemble failed, in groups, set against their parameters')
    .argument('<id>', 'the ensemble: its id, at least four characters of its end, or @last')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(async (word: string, options: ServiceOptions) => {
    const client = await connect(options)
    const id = await findEnsemble(client, word)
    const ensemble = await withResults(client, id)
    const summary = await readSummary(client, id)
    const { failures, ranges } = summary
    if (options.json) return printJson({ id, members: summary.members, failures, ranges })
    if (!forPeople()) {
      for (const line of tableLines(failures, plainColumns(id), false)) printLine(line)
      return
    }
    if (failures.length === 0) return notice(`No member of ${shortId(id)} has failed.`)
    const member = (index: number) => shortId(`${id}-${index}`)
    const width = process.stdout.columns ?? 80
    for (const line of failuresLines({ failures, ranges }, member, width)) printLine(line)
    const told = failures.reduce((sum, group) => sum + group.count, 0)
    if (summary.members.failed > told)
      printLine(`\n… and ${membersOf(summary.members.failed - told)} more, in smaller groups`)
    const [first] = failures
    printLine()
    printLine(`Look at one: carya member ${shortId(id)} ${first!.example}`)
    if (ensemble.state !== 'running' && ensemble.state !== 'paused')
      printLine(
        `Run them again: carya rerun ${shortId(id)} --failed   (${membersOf(summary.members.failed)})`,
      )
  })
}

const plainColumns = (id: string): Column<Group>[] => [
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'EXIT', cell: ({ exitCode }) => String(exitCode ?? '') },
  { title: 'MEMBERS', cell: (group) => String(group.count) },
  { title: 'EXAMPLE', cell: ({ example }) => `${id}-${example}` },
  { title: 'LAST LINE', cell: ({ lastLine }) => lastLine },
]
