/** `carya status`: each part's state, and where the stack is reached. */
import type { Command } from 'commander'
import { exitCodes } from '../terminal/exit-codes.ts'
import { forPeople, paint, printJson, printLine } from '../terminal/streams.ts'
import { tableLines } from '../terminal/table.ts'
import { localTime, relativeTime } from '../terminal/time.ts'
import type { Part } from './parts.ts'
import { serviceLines } from './service-state.ts'

export function register(program: Command): void {
  program
    .command('status')
    .description('show the state of each part and the endpoints; exit code 3 unless all are healthy')
    .option('--json', 'as JSON: installation, state, parts, endpoints, service')
    .action(async (options: { json?: true }) => {
      const { readStatus } = await import('./status.ts')
      const status = await readStatus(process.env)
      if (status.state !== 'up') process.exitCode = exitCodes.unreachable
      if (options.json) return printJson(status)
      const people = forPeople()
      const lines = tableLines(
        status.parts,
        [
          { title: 'PART', cell: ({ name }) => name },
          { title: 'STATE', cell: ({ state }) => `${glyph(state)} ${state}`, paint: colour },
          { title: 'SINCE', cell: ({ since }) => (since ? time(since, people) : '') },
          { title: 'IMAGE', cell: ({ image }) => image ?? '' },
        ],
        people,
      )
      for (const line of lines) printLine(line)
      if (status.endpoints) {
        if (people) printLine()
        for (const [name, value] of Object.entries(status.endpoints)) printLine(`${name}\t${value}`)
      }
      if (status.service) for (const line of serviceLines(status.service)) printLine(line)
    })
}

const glyph = (state: Part['state']): string =>
  state === 'healthy' ? '●' : state === 'starting' || state === 'created' ? '◐' : '○'

const colour = (text: string, { state }: Part): string =>
  paint(state === 'healthy' ? 'green' : state === 'starting' || state === 'created' ? 'yellow' : 'red', text)

const time = (since: string, people: boolean): string =>
  people ? `${relativeTime(since, Date.now())} (${localTime(since)})` : since
