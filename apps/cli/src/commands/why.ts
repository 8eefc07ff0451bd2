import type { RunView, Why } from '@carya/contracts'
import type { Command } from 'commander'
import { findRun, shortId } from '../client/find-run.ts'
import { forPeople, printJson, printLine } from '../terminal/streams.ts'
import { endedLines } from './ended-text.ts'
import { inColour, stateText } from './states.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { columnsOf, reasonLines } from './why-text.ts'

export function register(program: Command): void {
  const command = program
    .command('why')
    .description('say why a run is not running: what it waits for, what somebody must do, or how it ended')
    .argument('<id>', 'the run: its id, at least four characters of its end, or @last')
  withServiceOptions(command).action(async (word: string, options: ServiceOptions) => {
    const client = await connect(options)
    const why = await client.json<Why>(`/v1/runs/${await findRun(client, word)}/why`)
    if (options.json) {
      printJson(why)
      return
    }
    if (!forPeople()) {
      for (const reason of why.reasons) printLine(columnsOf(reason))
      return
    }
    printLine(inColour(why.state, `${stateText(why.state)}  ${shortId(why.id)}`))
    const layout = { width: process.stdout.columns ?? 80, now: Date.now(), utc: options.utc === true }
    const hasEnded = why.reasons.some(({ kind }) => kind === 'ended')
    const lines = hasEnded
      ? endedLines(await client.json<RunView>(`/v1/runs/${why.id}`), layout)
      : why.reasons.flatMap((reason) => reasonLines(reason, layout))
    for (const line of lines) printLine(line)
  })
}
