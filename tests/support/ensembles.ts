/** Ensembles over HTTP: submitting one, waiting for its end and its results, and reading these. */
import type { EnsembleSummary, EnsembleView, ResultFile } from '@carya/contracts'
import type { CallApi } from './api.ts'
import { until } from './until.ts'

/** A row of a CSV file by its header. */
export type CsvRow = Record<string, string>

export type Ensembles = {
  /** Submits one; its id. */
  submit(request: object): Promise<string>
  view(id: string): Promise<EnsembleView>
  /** Waits until it has ended and its results are made. */
  ended(id: string, timeoutMs?: number): Promise<EnsembleView>
  file(id: string, name: ResultFile): Promise<string>
  rows(id: string, name: ResultFile): Promise<CsvRow[]>
  summary(id: string): Promise<EnsembleSummary>
}

export function ensemblesOf(call: CallApi): Ensembles {
  const view = async (id: string): Promise<EnsembleView> =>
    JSON.parse(await textOf(call, `/v1/ensembles/${id}`))
  const file = (id: string, name: ResultFile) => textOf(call, `/v1/ensembles/${id}/results/${name}`)
  return {
    async submit(request) {
      const { status, text } = await call('POST', '/v1/ensembles', request)
      if (status !== 201) throw new Error(`HTTP ${status}: ${text}`)
      return String(JSON.parse(text).id)
    },
    view,
    ended: (id, timeoutMs) =>
      until(
        `${id} has ended and has results`,
        async () => {
          const now = await view(id)
          return now.endedAt !== undefined && (now.results === 'complete' || now.results === 'failed') && now
        },
        timeoutMs,
      ),
    file,
    rows: async (id, name) => rowsOf(await file(id, name)),
    summary: async (id) => JSON.parse(await file(id, 'summary.json')),
  }
}

/** Cells without quotes, as those of tests' models are. */
function rowsOf(csv: string): CsvRow[] {
  const [header = [], ...lines] = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
  return lines.map((cells) => Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ''])))
}

async function textOf(call: CallApi, path: string): Promise<string> {
  const { status, text } = await call('GET', path)
  if (status !== 200) throw new Error(`GET ${path}: HTTP ${status}: ${text}`)
  return text
}
