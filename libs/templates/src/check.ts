import { fewGuesses, type Guess } from '@carya/contracts/nearest'
import { faultAt, type TemplateFault } from './fault.ts'
import { filters, type ArgumentWanted, type TemplateType } from './filters.ts'
import { MOST_FAULTS, parseTemplate, type Call, type Slot } from './parse.ts'

/** What a template may name, in full: `params.k`, `inputs.drivers`, `cpus`. Every filter fits `any`. */
export type TemplateNames = Readonly<Record<string, TemplateType | 'any'>>

/**
 * What is wrong with a template, the first hundred faults: its form, names and filters that are not there, and filters
 * that do not fit the type of what they are given. `guess` is shared where many templates are checked. A template without faults renders whatever the values of those types are.
 */
export function checkTemplate(
  text: string,
  names: TemplateNames,
  guess: Guess = fewGuesses(),
): TemplateFault[] {
  const { pieces, faults } = parseTemplate(text)
  for (const piece of pieces) {
    if (faults.length >= MOST_FAULTS) break
    if (typeof piece !== 'string') faults.push(...faultsOfSlot(text, piece, names, guess))
  }
  return faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function faultsOfSlot(
  text: string,
  { at, source, calls }: Slot,
  names: TemplateNames,
  guess: Guess,
): TemplateFault[] {
  const faults: TemplateFault[] = []
  let type: TemplateType | 'any' = 'text'
  if ('name' in source) {
    const known = Object.hasOwn(names, source.name) ? names[source.name] : undefined
    type = known ?? 'any'
    if (known === undefined)
      faults.push(faultAt(text, text.indexOf(source.name, at), unknownName(source.name, names, guess)))
  }
  for (const call of calls) {
    const filter = Object.hasOwn(filters, call.name) ? filters[call.name]! : undefined
    if (filter === undefined) {
      faults.push(faultAt(text, call.at, unknownFilter(call.name, guess)))
      type = 'any'
      continue
    }
    if (type !== 'any' && !filter.takes.includes(type))
      faults.push(faultAt(text, call.at, unfit(call.name, type)))
    const wrong = wrongArguments(call, filter.wants)
    if (wrong !== undefined) faults.push(faultAt(text, call.at, wrong))
    type = filter.gives ?? 'text'
  }
  return faults
}

function unknownName(name: string, names: TemplateNames, guess: Guess): string {
  const known = Object.keys(names)
  const near = guess(name, known) ?? guess(`params.${name}`, known)
  const meant = near === undefined ? '' : `: did you mean ${near}?`
  return `no such name, ${name}${meant || '; there are params.NAME, inputs.NAME, cpus and memory'}`
}

function unknownFilter(name: string, guess: Guess): string {
  const near = guess(name, Object.keys(filters))
  const rest =
    near === undefined ? `; there are ${Object.keys(filters).join(', ')}` : `: did you mean ${near}?`
  return `no such filter, ${name}${rest}`
}

function unfit(filter: string, type: TemplateType): string {
  if (filter === 'fortran' && type === 'integer')
    return 'fortran is not for a whole number, which is written for Fortran as it is'
  return `${filter} is for ${filters[filter]!.takes.join(' or ')}, and this is ${type === 'integer' ? 'an' : 'a'} ${type}`
}

function wrongArguments({ name, given }: Call, wants: readonly ArgumentWanted[]): string | undefined {
  const least = wants.filter(({ optional }) => !optional).length
  const form =
    wants.length === 0 ? `${name} takes nothing behind it` : `${name}: ${wants.map(shown).join(', ')}`
  if (given.length < least || given.length > wants.length) return form
  const isWrong = wants.some((want, at) => given[at] !== undefined && !isRight(want, given[at]))
  return isWrong ? form : undefined
}

function isRight({ from, to, optional }: ArgumentWanted, given: number | string): boolean {
  if (from === undefined || to === undefined)
    return typeof given === 'string' && (!optional || given.length === 1)
  return Number.isInteger(given) && Number(given) >= from && Number(given) <= to
}

function shown({ what, from, to, optional }: ArgumentWanted): string {
  const words = from === undefined ? `${what}, in quotes` : `${what}, from ${from} to ${to}`
  return optional ? `and perhaps ${words}` : words
}
