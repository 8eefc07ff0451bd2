/** `carya model add`: registers a model by its manifest. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'

export function register(model: Command): void {
  withServiceOptions(
    model
      .command('add')
      .description('register a model by its manifest; its image is looked up by a worker')
      .argument('<file>', 'the manifest, model.yaml'),
  ).action(add)
}

async function add(file: string, options: ServiceOptions): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailure(exitCodes.usage, { title: `${file} cannot be read`, detail: error.message })
  })
  const { readManifest } = await import('./manifest-file.ts')
  const { manifest, placeOf } = readManifest(text, file)
  const client = await connect(options, { writes: true })
  const step = options.json ? undefined : startStep('looking up the image')
  try {
    const model = await client.json<Model>('/v1/models', { method: 'PUT', body: manifest })
    const name = `${model.name}@${model.version}`
    step?.done(`image ${model.image.name} is ${model.image.digest.slice(0, 19)}…`)
    if (options.json) printJson(model)
    else {
      printLine(name)
      notice(`Run it: carya run ${model.name} --wait`)
    }
  } catch (error) {
    step?.fail()
    throw error instanceof CommandFailure ? located(error, file, placeOf) : error
  }
}

/** The failure with line and column before each fault. */
function located(failure: CommandFailure, file: string, placeOf: (path: string) => string): CommandFailure {
  const { errors } = failure.problem
  if (errors === undefined) return failure
  const placed = errors.map((error) => ({
    ...error,
    path: `${file}:${placeOf(error.path ?? '')}${error.path ? `: ${error.path}` : ''}`,
  }))
  const { detail: _, ...problem } = failure.problem
  return new CommandFailure(failure.code, { ...problem, errors: placed }, failure)
}
