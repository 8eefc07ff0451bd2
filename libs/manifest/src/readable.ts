/** What of a manifest has the right form, whatever the rest has, and all names there are. */
import {
  FileToRender,
  InputDeclared,
  IsolationAsked,
  Manifest,
  MetricDeclared,
  ModelTest,
  OutputDeclared,
  Parameter,
} from '@carya/contracts'
import type { z } from 'zod'
import { HIDDEN } from './hidden-keys.ts'

/** `names` are all that were written, right or wrong: one with a fault of its own is not unknown too. `right`: of the first. */
export type Group<T> = { names: readonly string[]; right: ReadonlyMap<string, T> }

export type Readable = {
  command: ReadonlyMap<number, string>
  parameters: Group<z.infer<typeof Parameter>>
  files: Group<z.infer<typeof FileToRender>>
  inputs: Group<z.infer<typeof InputDeclared>>
  outputs: Group<z.infer<typeof OutputDeclared>>
  metrics: Group<z.infer<typeof MetricDeclared>>
  workdir: string | undefined
  /** folders in memory that may be written */
  writable: readonly string[]
  /** only its maps, value by value */
  test: { [K in 'params' | 'inputs' | 'metrics' | 'outputs']: Group<unknown> } | undefined
}

export function readable(value: unknown): Readable {
  const whole = isMap(value) ? value : {}
  const of = (name: string): unknown => (Object.hasOwn(whole, name) ? whole[name] : undefined)
  const [test, command] = [of('test'), of('command')]
  const words = Array.isArray(command) ? command.slice(0, MOST_WORDS) : []
  return {
    command: new Map(
      [...words.entries()].filter((each): each is [number, string] => typeof each[1] === 'string'),
    ),
    parameters: group(Parameter, of('parameters')),
    files: group(FileToRender, of('files')),
    inputs: group(InputDeclared, of('inputs')),
    outputs: group(OutputDeclared, of('outputs')),
    metrics: group(MetricDeclared, of('metrics')),
    workdir: ofForm(Manifest.shape.workdir, of('workdir')),
    writable: ofForm(IsolationAsked, of('isolation'))?.writable ?? [],
    test: isMap(test)
      ? {
          params: values(ModelTest.shape.params.unwrap().valueType, test['params']),
          inputs: values(ModelTest.shape.inputs.unwrap().valueType, test['inputs']),
          metrics: values(ModelTest.shape.metrics.unwrap().valueType, test['metrics']),
          outputs: values(ModelTest.shape.outputs.unwrap().valueType, test['outputs']),
        }
      : undefined,
  }
}

/** More words of a command, and more things by name, have a fault; they are not looked at one by one. */
const MOST_WORDS = 256
export const MOST_NAMES = 2000

const values = group

/** Undefined where it has not the right form. */
function ofForm<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined {
  return schema.safeParse(value).data
}

function group<S extends z.ZodType>(schema: S, value: unknown): Group<z.output<S>> {
  const right = new Map<string, z.output<S>>()
  const names = isMap(value) ? Object.keys(value).filter((key) => key !== HIDDEN) : []
  for (const name of names.slice(0, MOST_NAMES)) {
    const each = parsed(schema, isMap(value) ? value[name] : undefined)
    if (each !== undefined) right.set(name, each)
  }
  return { names, right }
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined {
  return schema.safeParse(value).data
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
