import type { RunList, RunRow } from '@carya/contracts'
import type { Command } from 'commander'
import { pathOf, type Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { forPeople, notice, printJson } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { durationText } from '../terminal/text.ts'
import { relativeTime } from '../terminal/time.ts'
import { printTable } from './listing.ts'
import { collect, connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { inColour, stateText } from './states.ts'

type Options = ServiceOptions & {
  state?: string
  model?: string
  label?: readonly string[]
  submitter?: string
  limit: string
}

const PAGE = 500

export function register(program: Command): void {
  const command = program
    .command('ls')
    .description('list runs, newest first')
    .option('--state <state>', 'only those in this state')
    .option('--model <model>', 'only those of this model (name, or name@version)')
    .option('--label <name=value>', 'only those with this label (repeatable)', collect)
    .option('--submitter <name>', 'only those of this submitter; @me: your own')
    .option('--limit <n>', 'how many at most', '20')
  withServiceOptions(command).action(async (options: Options) => {
    const client = await connect(options)
    const list = await listRuns(client, options)
    if (options.json) printJson(list)
    else {
      printTable(list.items, columns(options.utc), 'No runs.')
      if (list.next !== undefined && forPeople())
        notice(`There are more than these ${list.items.length}: --limit shows more.`)
    }
  })
}

async function listRuns(
  client: Client,
  { limit, state, model, label, submitter }: Options,
): Promise<RunList> {
  const most = /^\d{1,6}$/.test(limit) ? Number(limit) : 0
  if (most < 1)
    throw new CommandFailure(exitCodes.usage, {
      title: '--limit is not understood',
      errors: [{ path: '--limit', value: limit, detail: 'a whole number from 1 on' }],
    })
  const items: RunRow[] = []
  let next: string | undefined
  do {
    const rows = Math.min(PAGE, most - items.length)
    const query = { limit: rows, state, model, label, submitter, cursor: next }
    const page = await client.json<RunList>(pathOf('/v1/runs', query))
    items.push(...page.items)
    next = page.next
  } while (next !== undefined && items.length < most)
  return next === undefined ? { items } : { items, next }
}

function columns(utc: boolean | undefined): Column<RunRow>[] {
  const now = Date.now()
  const people = forPeople()
  return [
    { title: 'ID', cell: (run) => (people ? shortId(run.id) : run.id) },
    {
      title: 'STATE',
      cell: (run) => (people ? stateText(run.state) : run.state),
      paint: (text, run) => inColour(run.state, text),
    },
    { title: 'MODEL', cell: (run) => run.model },
    {
      title: 'SUBMITTED',
      cell: (run) => (people && !utc ? relativeTime(run.createdAt, now) : run.createdAt),
    },
    { title: 'TOOK', cell: (run) => took(run, now), align: 'right' },
    { title: 'BY', cell: (run) => run.submitter },
    { title: 'NOTE', cell: noteOf },
  ]
}

function took({ startedAt, endedAt }: RunRow, now: number): string {
  if (startedAt === undefined) return ''
  return durationText((endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt))
}

/** Why it failed, how far it is, or its labels. */
function noteOf({ failure, progress, state, labels }: RunRow): string {
  if (failure) return `${failure.kind}: ${failure.detail}`
  if (state === 'running' && progress !== undefined) return `${Math.floor(progress * 100)} %`
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
