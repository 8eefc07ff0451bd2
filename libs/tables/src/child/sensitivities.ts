/** What mattered: of each metric on each varied parameter. */
import type { Sensitivity } from '@carya/contracts'
import { rankCorrelation, regression, sobolIndices } from '@carya/ensemble'
import type { Analysis } from '../task.ts'
import type { Columns } from './columns.ts'
import type { TextFile } from './text-file.ts'

export type Numbers = { name: string; values: Float64Array }

/** What stands in the columns of `sensitivity.csv`. */
const fields = [
  'metric',
  'parameter',
  'count',
  'spearman',
  'src',
  'r2',
  'first',
  'firstLow',
  'firstHigh',
  'total',
  'totalLow',
  'totalHigh',
] as const

/** Parameters that have a rank; texts and inputs have none. */
export function ranked({ varied }: Columns): Columns['varied'] {
  return varied.filter(({ varied: { type } }) => type !== 'string' && type !== 'input')
}

export type Influence = { sensitivities: Sensitivity[]; notes: string[] }

/** Of one metric. `parameters` are those that are ranked; `y` and they have a place for each member, NaN if it failed. */
export function influences(
  metric: Numbers,
  parameters: readonly Numbers[],
  { design, varied }: Analysis,
): Influence {
  const { coefficients, r2, count } = regression(
    parameters.map(({ values }) => values),
    metric.values,
  )
  const sobol =
    design.kind === 'saltelli' ? sobolIndices(metric.values, varied.length, design.seed ?? 0) : undefined
  const notes: string[] = []
  if (sobol && sobol.dropped > 0)
    notes.push(
      `${metric.name}: the Sobol’ indices are without ${sobol.dropped} of ${sobol.rows + sobol.dropped} base rows, where a member has no value`,
    )
  if (design.kind === 'saltelli' && !sobol)
    notes.push(`${metric.name}: no Sobol’ indices: too few whole base rows, or it does not vary`)
  const sensitivities = varied.flatMap(({ name }, at): Sensitivity[] => {
    const nth = parameters.findIndex((each) => each.name === name)
    const parameter = parameters[nth]
    if (!parameter && !sobol) return []
    return [
      {
        metric: metric.name,
        parameter: name,
        count: parameter ? count : sobol!.rows,
        spearman: parameter ? rankCorrelation(parameter.values, metric.values) : null,
        src: parameter ? (coefficients[nth] ?? null) : null,
        r2: parameter ? r2 : null,
        ...sobol?.indices[at],
      },
    ]
  })
  return { sensitivities, notes }
}

/** As columns of tables are named: `first_low`. */
function column(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export async function writeSensitivities(csv: TextFile, all: readonly Sensitivity[]): Promise<void> {
  await csv.csv(fields.map(column))
  for (const each of all) await csv.csv(fields.map((field) => each[field]))
}
