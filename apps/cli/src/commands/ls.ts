import type { EnsembleRow, RunRow } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { listPage, shortId } from '../client/find-run.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { forPeople, notice, printJson } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { durationText } from '../terminal/text.ts'
import { relativeTime } from '../terminal/time.ts'
import { printTable } from './listing.ts'
import { isEnsemble, merged, type Row } from './merged-list.ts'
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
    .description('list runs and ensembles, newest first')
    .option('--state <state>', 'only those in this state')
    .option('--model <model>', 'only those of this model (name, or name@version)')
    .option('--label <name=value>', 'only those with this label (repeatable)', collect)
    .option('--submitter <name>', 'only those of this submitter; @me: your own')
    .option('--limit <n>', 'how many at most', '20')
  withServiceOptions(command).action(async (options: Options) => {
    const client = await connect(options)
    const list = await listAll(client, options)
    if (options.json) printJson(list)
    else {
      printTable(list.items, columns(list.items, options.utc), 'No runs.')
      if (list.next !== undefined && forPeople())
        notice(`There are more than these ${list.items.length}: --limit shows more.`)
    }
  })
}

async function listAll(
  client: Client,
  { limit, state, model, label, submitter }: Options,
): Promise<{ items: Row[]; next?: string }> {
  const most = /^\d{1,6}$/.test(limit) ? Number(limit) : 0
  if (most < 1)
    throw new CommandFailure(exitCodes.usage, {
      title: '--limit is not understood',
      errors: [{ path: '--limit', value: limit, detail: 'a whole number from 1 on' }],
    })
  const kinds = await kindsIn(state)
  const pages = kinds.map((kind) => async (cursor: string | undefined) => {
    const query = { limit: Math.min(PAGE, most), state, model, label, submitter, cursor }
    return listPage(client, kind, query)
  })
  return merged(pages, most)
}

/** The lists that know the state; of a state that none knows the service says so. */
async function kindsIn(state: string | undefined): Promise<readonly ('run' | 'ensemble')[]> {
  if (state === undefined) return ['run', 'ensemble']
  const { ensembleStates, runStates } = await import('@carya/contracts')
  const [ofRuns, ofEnsembles] = [runStates, ensembleStates].map((states: readonly string[]) =>
    states.includes(state),
  )
  if (!ofEnsembles) return ['run']
  return ofRuns ? ['run', 'ensemble'] : ['ensemble']
}

function columns(rows: readonly Row[], utc: boolean | undefined): Column<Row>[] {
  const now = Date.now()
  const people = forPeople()
  // programs find the same columns in the same places, whatever is listed
  const members: Column<Row>[] =
    people && !rows.some(isEnsemble)
      ? []
      : [{ title: 'MEMBERS', cell: membersOf, align: 'right', whole: true }]
  return [
    { title: 'ID', cell: (row) => (people ? shortId(row.id) : row.id) },
    {
      title: 'STATE',
      cell: (row) => (people ? stateText(row.state) : row.state),
      paint: (text, row) => inColour(row.state, text),
    },
    { title: 'MODEL', cell: (row) => row.model },
    {
      title: 'SUBMITTED',
      cell: (row) => (people && !utc ? relativeTime(row.createdAt, now) : row.createdAt),
    },
    { title: 'TOOK', cell: (row) => took(row, now), align: 'right' },
    { title: 'BY', cell: (row) => row.submitter },
    ...members,
    { title: 'NOTE', cell: (row) => (isEnsemble(row) ? ensembleNote(row) : noteOf(row)) },
  ]
}

function took({ startedAt, endedAt }: Row, now: number): string {
  if (startedAt === undefined) return ''
  return durationText((endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt))
}

/** How many have ended of how many: `450/1000`. */
function membersOf(row: Row): string {
  if (!isEnsemble(row)) return ''
  const { total, succeeded, failed, cancelled } = row.members
  return `${succeeded + failed + cancelled}/${total ?? '?'}`
}

function ensembleNote({ members, labels }: EnsembleRow): string {
  return members.failed > 0 ? `${members.failed} failed` : labelsText(labels)
}

/** Why it failed, how far it is, or its labels. */
function noteOf({ failure, progress, state, labels }: RunRow): string {
  if (failure) return `${failure.kind}: ${failure.detail}`
  if (state === 'running' && progress !== undefined) return `${Math.floor(progress * 100)} %`
  return labelsText(labels)
}

function labelsText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
