/**
 * Parameter files and a command as a model reads them, from the templates of its manifest: when a run is accepted, and
 * of an ensemble when a member comes into being. What was rendered travels with the job, so it is never rendered again.
 */
import { placeOfInput, type Manifest, type Model } from '@carya/contracts'
import { compileTemplate, TemplateError, type Template, type TemplateValues } from '@carya/templates'
import type { RunRecord } from './record.ts'

/** What of a manifest is rendered. `command` is there where a word of it is a template. */
export type Templates = { command?: string[]; files: { path: string; template: string }[] }

type Rendered = Pick<RunRecord, 'command' | 'files'>

/** Renders what belongs to a run; or says that it would be too long. */
export type Render = (
  run: Pick<RunRecord, 'params' | 'inputs' | 'resources' | 'setup'>,
) => Rendered | { tooLong: string }

/** Characters, and bytes, of all that is rendered for one run. */
export const MOST_RENDERED = 256 * 1024

/** Undefined where nothing is rendered. */
export function templatesOf({ command = [], files = {} }: Pick<Manifest, 'command' | 'files'>) {
  const found: Templates = {
    ...(command.some((word) => word.includes('{{')) ? { command } : {}),
    files: Object.entries(files).map(([path, { template }]) => ({ path, template })),
  }
  return found.command || found.files.length > 0 ? found : undefined
}

/** To be called once for many runs of a model; throws where the manifest was not checked. */
export function compileTemplates({ command, files }: Templates): Render {
  const words = command?.map(compileTemplate)
  const texts = files.map(({ path, template }) => ({ path, render: compileTemplate(template) }))
  return (run) => {
    const values = valuesOf(run)
    const left = { bytes: MOST_RENDERED }
    const line = words?.map((word) => within(left, word, values))
    const made = texts.map(({ path, render }) => ({ path, content: within(left, render, values) }))
    if (left.bytes < 0)
      return { tooLong: `command and files of the model would be longer than ${MOST_RENDERED / 1024} KiB` }
    return { ...(line ? { command: line } : {}), files: made }
  }
}

/**
 * Why a model cannot be run as it is registered. One that an older version took may have a command with `{{` in it
 * that is no template.
 */
export function unrenderable({ manifest }: Pick<Model, 'manifest'>): string | undefined {
  const templates = templatesOf(manifest)
  try {
    if (templates) compileTemplates(templates)
    return undefined
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return `a model whose command and files can be rendered: ${error.message}. Register it again, with {{ '{{' }} for two braces`
  }
}

/** About the bytes of what is rendered for one run, at most: values are as long as the longest that is known. */
export function renderedBytes(templates: Templates | undefined, params: RunRecord['params']): number {
  if (!templates) return 0
  const text = JSON.stringify(templates)
  const longest = Math.max(NUMBER_LENGTH, ...Object.values(params).map((value) => String(value).length))
  return Math.min(MOST_RENDERED, text.length + (text.split('{{').length - 1) * longest)
}

/** The longest number, as text. */
const NUMBER_LENGTH = 24

/** The text, while there is room for it: `left` is below 0 after the first that had none. */
function within(left: { bytes: number }, template: Template, values: TemplateValues): string {
  const text = left.bytes < 0 ? undefined : template(values, left.bytes)
  left.bytes = text === undefined ? -1 : left.bytes - Buffer.byteLength(text)
  return text ?? ''
}

function valuesOf({ params, inputs, resources, setup }: Parameters<Render>[0]): TemplateValues {
  const paths = Object.keys(inputs).map((name) => [name, placeOfInput(setup, name)])
  return { params, inputs: Object.fromEntries(paths), cpus: resources.cpus, memory: resources.memory }
}
