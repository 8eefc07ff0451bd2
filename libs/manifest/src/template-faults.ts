import { fewGuesses, MOST_TEMPLATE, type Parameter } from '@carya/contracts'
import { checkTemplate, type TemplateNames } from '@carya/templates'
import type { ManifestFault } from './fault.ts'
import type { Readable } from './readable.ts'

/** Names and filters of templates that are not there, or do not fit; and templates that are too long together. */
export function templateFaults(manifest: Readable): ManifestFault[] {
  const names = namesOf(manifest)
  const guess = fewGuesses()
  const { command, files } = manifest
  const texts: { at: PropertyKey[]; text: string }[] = [
    ...[...command].map(([at, text]) => ({ at: ['command', at], text })),
    ...[...files.right].map(([path, { template }]) => ({ at: ['files', path, 'template'], text: template })),
  ]
  const size = [...files.right.values()].reduce((sum, { template }) => sum + template.length, 0)
  const tooLong = `at most ${MOST_TEMPLATE} characters of templates in all, not ${size}`
  return [
    ...texts.flatMap(({ at, text }) =>
      checkTemplate(text, names, guess).map(({ line, column, detail }) => ({
        at,
        detail,
        within: { line, column },
      })),
    ),
    ...(size > MOST_TEMPLATE ? [{ at: ['files'], detail: tooLong }] : []),
  ]
}

function namesOf({ parameters, inputs }: Readable): TemplateNames {
  return Object.fromEntries([
    ...parameters.names.map((name) => [`params.${name}`, typeOf(parameters.right.get(name))]),
    ...inputs.names.map((name) => [`inputs.${name}`, 'text']),
    ['cpus', 'number'],
    ['memory', 'integer'],
  ])
}

function typeOf(parameter: Parameter | undefined): TemplateNames[string] {
  if (!parameter) return 'any'
  return parameter.type === 'string' ? 'text' : parameter.type
}
