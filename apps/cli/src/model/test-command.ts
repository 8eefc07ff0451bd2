/** `carya model test`: the example that a model declares is run, and compared with what must come of it. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '../client/client.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { printJson, printLine } from '../terminal/streams.ts'
import { buildModel } from './build-model.ts'
import { noTest, runDeclaredTest } from './declared-test.ts'
import { fieldOf } from './field-of.ts'
import { findModel } from './known-models.ts'
import { MANIFEST_FILE, manifestOfFile } from './manifest-source.ts'
import { registerModel } from './register-model.ts'

const HELP = `
  carya model test growth           its default version
  carya model test growth@1.1.0
  carya model test ./growth         builds the folder's image and registers it before;
                                    the default version stays what it is

The manifest declares the example, and what must come of it:

  test:
    params: { rate: 0.5 }
    metrics: { final: 99.96 }                 within the tolerance
    outputs: { series.csv: expected.csv }     the same words, numbers within it
    tolerance: 1e-6                           a share of what is expected

Exit 0: all is as declared; 1: it is not, or the run failed; 2: no test is declared.`

export function register(model: Command): void {
  const command = model
    .command('test')
    .description('run the example that a model declares, and compare what comes of it')
    .argument('<model|folder>', 'a registered model, or the folder of one, which is built first')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(test)
}

async function test(word: string, options: ServiceOptions): Promise<void> {
  const client = await connect(options, { writes: true })
  const model = (await isFolder(word))
    ? await builtModel(client, word, options)
    : await findModel(client, word)
  const tested = await runDeclaredTest(client, model, { ...options, again: `carya model test ${word}` })
  process.exitCode = exitOf(tested)
  if (options.json) printJson(tested, 'line')
  else printLine(`${tested.model} ${tested.passed ? 'passed' : 'failed'}`)
}

/** What a command exits with that ran a test. */
export function exitOf({ passed, state }: { passed: boolean; state: string }) {
  if (passed) return exitCodes.ok
  return state === 'cancelled' ? exitCodes.cancelled : exitCodes.failed
}

async function builtModel(client: Client, folder: string, { json }: ServiceOptions): Promise<Model> {
  const source = await manifestOfFile(client, join(folder, MANIFEST_FILE), { json })
  const [name, version] = [fieldOf(source.manifest, 'name'), fieldOf(source.manifest, 'version')]
  if (fieldOf(source.manifest, 'test') === undefined) throw noTest(`${String(name)}@${String(version)}`)
  await buildModel(folder, process.env)
  return registerModel(client, source, { keepDefault: true, json })
}

async function isFolder(word: string): Promise<boolean> {
  return (await stat(word).catch(() => undefined))?.isDirectory() === true
}
