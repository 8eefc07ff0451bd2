/** `carya model test`: the example that a model declares is run, and compared with what must come of it. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '../client/client.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { buildModel } from './build-model.ts'
import { noTest, runDeclaredTest } from './declared-test.ts'
import { fieldOf } from './field-of.ts'
import { addressOf, noModel } from './known-models.ts'
import { MANIFEST_FILE, manifestOfFile } from './manifest-source.ts'
import { refOf, registerModel } from './register-model.ts'
import { isUnchanged } from './same-model.ts'

const HELP = `
  carya model test growth           its default version
  carya model test growth@1.1.0
  carya model test ./growth         builds the folder's image and registers it
                                    before. The default stays what it is, unless
                                    it is this version, or the name has none:
                                    then it is what the folder holds

A word without a / is a folder only if no model of that name is registered.

The manifest declares the example, and what must come of it:

  test:
    params: { rate: 0.5 }
    metrics: { final: 99.96 }                 within the tolerance
    outputs: { series.csv: expected.csv }     the same words, numbers within it
    tolerance: 1e-6                           a share of what is expected

Exit 0: all is as declared; 1: it is not, or the run failed; 2: no test is
declared; 4: the run was cancelled.`

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
  const model = await modelBy(client, word, options)
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

/** A path means a folder; a bare word a registered model, and a folder only where there is none. */
async function modelBy(client: Client, word: string, options: ServiceOptions): Promise<Model> {
  if (isPath(word)) return builtModel(client, word, options)
  const registered = await client.find<Model>(addressOf(word))
  const isFolder = await holdsManifest(word)
  if (registered && isFolder && !options.json)
    notice(`${refOf(registered)} is tested as it is registered; the folder: carya model test ./${word}`)
  if (registered) return registered
  if (isFolder) return builtModel(client, word, options)
  throw await noModel(client, word)
}

async function builtModel(client: Client, folder: string, { json }: ServiceOptions): Promise<Model> {
  const source = await manifestOfFile(client, join(folder, MANIFEST_FILE), { json })
  const [name, version] = [fieldOf(source.manifest, 'name'), fieldOf(source.manifest, 'version')]
  if (fieldOf(source.manifest, 'test') === undefined) throw noTest(`${String(name)}@${String(version)}`)
  await buildModel(folder, process.env)
  const before = await client.find<Model>(addressOf(`${String(name)}@${String(version)}`))
  const model = await registerModel(client, source, { keepDefault: true, json })
  if (before?.default && !isUnchanged(before, model) && !json) notice(replacedText(refOf(model)))
  return model
}

/** For those who did not mean it: a version that is the default cannot be tried beside itself. */
const replacedText = (ref: string) =>
  `${ref} is the default, so what this folder holds is what runs get from now on, whether it passes or not.
To test beside the default, give ${MANIFEST_FILE} a version of its own.`

const isPath = (word: string): boolean => word.includes('/') || word === '.' || word === '..'

async function holdsManifest(folder: string): Promise<boolean> {
  return (await stat(join(folder, MANIFEST_FILE)).catch(() => undefined))?.isFile() === true
}
