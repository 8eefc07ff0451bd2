import { misfit, type Parameter } from '@carya/contracts'
import { parameterSubject, pinDistribution } from '@carya/ensemble'
import type { ManifestFault } from './fault.ts'
import type { Readable } from './readable.ts'

/** Names that are one in the environment; defaults, ranges, choices and distributions that do not fit the type or each other. */
export function parameterFaults({ parameters }: Pick<Readable, 'parameters'>): ManifestFault[] {
  const faults: ManifestFault[] = []
  const seen = new Map<string, string>()
  for (const name of parameters.names) {
    const other = seen.get(name.toUpperCase())
    seen.set(name.toUpperCase(), name)
    if (other !== undefined)
      faults.push({
        at: ['parameters', name],
        detail: `a name that differs from ${other} by more than case: in the environment both are the same`,
        isKey: true,
      })
  }
  for (const [name, parameter] of parameters.right)
    faults.push(
      ...faultsOf(name, parameter).map(({ at, detail }) => ({ at: ['parameters', name, ...at], detail })),
    )
  return faults
}

function faultsOf(name: string, parameter: Parameter): ManifestFault[] {
  const { type, range, choices, distribution } = parameter
  const faults: ManifestFault[] = []
  const isNumber = type === 'number' || type === 'integer'
  if (range && !isNumber)
    faults.push({ at: ['range'], detail: `nothing: a range is for numbers, and ${name} is a ${type}` })
  if (range && type === 'integer' && Math.ceil(range[0]) > Math.floor(range[1]))
    faults.push({ at: ['range'], detail: 'a range with a whole number in it' })
  if (choices && type !== 'string')
    faults.push({
      at: ['choices'],
      detail: `nothing: choices are for a string, and ${name} is ${article(type)}`,
    })
  if (choices && new Set(choices).size < choices.length)
    faults.push({ at: ['choices'], detail: 'choices that differ' })
  const wrong = parameter.default === undefined ? undefined : misfit(parameter, parameter.default)
  if (wrong !== undefined) faults.push({ at: ['default'], detail: wrong })
  const pinned = distribution && pinDistribution(parameterSubject(name, parameter), distribution)
  if (pinned && 'misfits' in pinned)
    for (const { at, detail } of pinned.misfits) faults.push({ at: ['distribution', ...at], detail })
  return faults
}

function article(type: string): string {
  return type === 'integer' ? 'an integer' : `a ${type}`
}
