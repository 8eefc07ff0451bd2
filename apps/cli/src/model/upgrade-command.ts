/**
 * `carya model upgrade`: a new version is registered beside the default, tested, and only then made the default. Each
 * step can be repeated, so a command that was interrupted is said again.
 */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { declaresTest, runDeclaredTest } from './declared-test.ts'
import { makeDefault } from './default-command.ts'
import { fieldOf } from './field-of.ts'
import { findModel } from './known-models.ts'
import { manifestBy, manifestOfImage, type ManifestSource } from './manifest-source.ts'
import { refOf, registerModel } from './register-model.ts'
import { isTheSame, isUnchanged, registeredAnew } from './same-model.ts'
import { exitOf } from './test-command.ts'

const HELP = `
  carya model upgrade growth ./growth-1.1/model.yaml
  carya model upgrade growth ghcr.io/lab/growth:1.1.0
  carya model upgrade growth      looks its image up afresh: its tag may name a
                                  newer version by now, with a manifest in its
                                  label

If the test fails, the default stays what it is, and the exit code is 1. Runs
that were submitted before are untouched. Old versions can be run by
NAME@VERSION, and carya model default NAME@VERSION rolls back.`

export function register(model: Command): void {
  const command = model
    .command('upgrade')
    .description('take a new version of a model, test it, and make it the default if it passes')
    .argument('<name>', 'the model')
    .argument('[file|image]', 'the new version: its manifest, or an image that carries one')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(upgrade)
}

async function upgrade(name: string, word: string | undefined, options: ServiceOptions): Promise<void> {
  const { json = false } = options
  const client = await connect(options, { writes: true })
  if (name.includes('@')) throw notAName(name)
  const current = await findModel(client, name)
  const how = { json, fresh: true, instead: `carya model upgrade ${name} model.yaml` }
  const source =
    word === undefined
      ? await manifestOfImage(client, current.manifest.image, how)
      : await manifestBy(client, word, how)
  mustBeNamed(source, name)
  if (isVersion(source, current.version)) return tellUpToDate(client, current, source, json)
  const model = await registerModel(client, source, { keepDefault: true, json })
  await testAndTake(
    client,
    current,
    model,
    json,
    `carya model upgrade ${[name, word ?? ''].join(' ').trim()}`,
  )
}

async function testAndTake(
  client: Client,
  current: Model,
  model: Model,
  json: boolean,
  again: string,
): Promise<void> {
  const ref = refOf(model)
  if (!declaresTest(model)) throw untested(ref, current)
  const tested = await runDeclaredTest(client, model, { json, again })
  process.exitCode = exitOf(tested)
  if (!tested.passed) {
    if (json) return printJson({ ...tested, default: refOf(current) }, 'line')
    notice(`The default is still ${refOf(current)}. When ${ref} is mended: ${again}`)
    return
  }
  if (!isUnchanged(model, await findModel(client, ref))) throw registeredAnew(ref, again)
  await makeDefault(client, ref)
  if (json) return printJson({ ...tested, default: ref }, 'line')
  printLine(ref)
  notice(`It is the default now. Back to what was: carya model default ${refOf(current)}`)
}

async function tellUpToDate(
  client: Client,
  current: Model,
  source: ManifestSource,
  json: boolean,
): Promise<void> {
  const ref = refOf(current)
  const isSame = await isTheSame(client, current, source, json)
  if (!isSame)
    throw new CommandFailure(exitCodes.usage, {
      title: `${ref} is the default already, and not the same`,
      detail: 'A version that is the default cannot be tested before it is one.',
      help: [
        'Give the new one a version of its own in its manifest.',
        `Or replace ${ref} without a test: carya model add ${source.named}`,
      ],
    })
  if (json) return printJson({ model: ref, default: ref, upToDate: true }, 'line')
  printLine(ref)
  notice(`${ref} is up to date.`)
}

function mustBeNamed({ manifest, named }: ManifestSource, name: string): void {
  const theirs = fieldOf(manifest, 'name')
  if (typeof theirs !== 'string' || theirs === name) return
  throw new CommandFailure(exitCodes.usage, {
    title: `${named} is no version of ${name}: it is ${theirs}`,
    help: [`To register it: carya model add ${named}`],
  })
}

const isVersion = ({ manifest }: ManifestSource, version: string) => fieldOf(manifest, 'version') === version

function notAName(word: string): CommandFailure {
  const [name = ''] = word.split('@')
  return new CommandFailure(exitCodes.usage, {
    title: `${word} names a version; upgrade takes the name of a model`,
    help: [`Upgrade it: carya model upgrade ${name}`, `Go back to it: carya model default ${word}`],
  })
}

function untested(ref: string, current: Model): CommandFailure {
  return new CommandFailure(exitCodes.usage, {
    title: `${ref} declares no test`,
    detail: `It is registered, and the default is still ${refOf(current)}.`,
    help: [
      'Add a test to its manifest (carya model test --help), and upgrade again.',
      `Or make it the default untested: carya model default ${ref}`,
    ],
  })
}
