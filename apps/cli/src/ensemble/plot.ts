/** The picture of an ensemble, written into a file. */
import type { EnsembleSummary } from '@carya/contracts'
import { nearest } from '@carya/contracts/nearest'
import { basename, dirname } from 'node:path'
import { download } from '../commands/download.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

type Wanted = {
  metrics?: readonly string[] | undefined
  variables?: readonly string[] | undefined
  title?: string
}

/** Draws what is wanted, all where nothing is named, as SVG or PNG by the end of the file's name. */
export async function drawPlot(
  summary: EnsembleSummary,
  file: string,
  { metrics, variables, title }: Wanted,
): Promise<{ file: string; bytes: number }> {
  const all = {
    metrics: summary.metrics.map(({ name }) => name),
    // where several outputs have one of this name, the output's stands before it
    variables: summary.series.flatMap(({ output, variable }) => [variable, `${output}/${variable}`]),
  }
  requireKnown('--metric', metrics, all.metrics)
  requireKnown('--variable', variables, all.variables)
  if (all.metrics.length + all.variables.length === 0)
    throw new CommandFailure(exitCodes.failed, {
      title: 'There is nothing to draw',
      detail: 'No member that succeeded has metrics, and the model declares no time series.',
    })
  const { drawEnsemble, toPng } = await import('@carya/figures')
  const svg = await drawEnsemble(summary, {
    ...(metrics === undefined ? {} : { metrics: [...metrics] }),
    ...(variables === undefined ? {} : { variables: [...variables] }),
    ...(title === undefined ? {} : { title }),
  })
  const bytes = /\.png$/i.test(file) ? await toPng(svg) : Buffer.from(svg)
  async function* content() {
    yield bytes
  }
  const { path } = await download(
    async () => content(),
    dirname(file),
    basename(file),
    () => {},
  )
  return { file: path, bytes: bytes.byteLength }
}

/** Fails as wrong use where a name is none of those that there are. */
function requireKnown(option: string, names: readonly string[] = [], known: readonly string[]): void {
  const errors = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known)
      const detail = near === undefined ? `one of ${known.join(', ')}` : `did you mean ${near}?`
      return { path: option, value: name, detail: known.length === 0 ? 'there are none' : detail }
    })
  if (errors.length > 0)
    throw new CommandFailure(exitCodes.usage, { title: `${option} is not understood`, errors })
}
