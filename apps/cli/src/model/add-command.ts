/** `carya model add`: registers a model by its manifest, or by an image that carries one. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { fieldOf } from './field-of.ts'
import { addressOf } from './known-models.ts'
import { manifestBy, shortDigest } from './manifest-source.ts'
import { refOf, registerModel } from './register-model.ts'
import { isUnchanged } from './same-model.ts'

type Options = ServiceOptions & { default: boolean }

const HELP = `
  carya model add model.yaml
  carya model add ./growth                  the model.yaml in a folder
  carya model add ghcr.io/lab/growth:1.2.0  an image whose label carries the
                                            manifest, as carya model build makes
                                            them

A version that is registered becomes the default of its name: what a run gets
that names no version. The other versions stay, and can be run by NAME@VERSION.`

/** For those who forgot to build the image anew, or to give the manifest a new version. */
function againText(before: Model, now: Model): string {
  const ref = refOf(now)
  if (isUnchanged(before, now)) return 'It was registered already; neither manifest nor image has changed.'
  const image =
    before.image.digest === now.image.digest ? 'the same image' : `image ${shortDigest(before.image.digest)}`
  return `It replaces what was ${ref} before, with ${image}.
What was submitted before keeps that. To run both, give one another version.`
}

export function register(model: Command): void {
  const command = model
    .command('add')
    .description('register a model by its manifest; its image is looked up by a worker')
    .argument('<file|image>', 'the manifest, its folder, or an image that carries one')
    .option('--no-default', 'leave the default version of its name what it is, where there is one')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(add)
}

async function add(word: string, options: Options): Promise<void> {
  const client = await connect(options, { writes: true })
  const source = await manifestBy(client, word, options)
  const [name, version] = [fieldOf(source.manifest, 'name'), fieldOf(source.manifest, 'version')]
  const before = await client.find<Model>(addressOf(`${String(name)}@${String(version)}`))
  const model = await registerModel(client, source, { keepDefault: !options.default, json: options.json })
  if (options.json) return printJson(model)
  printLine(refOf(model))
  if (before) notice(againText(before, model))
  notice(`Run it: carya run ${model.default ? model.name : refOf(model)} --wait`)
  if (!model.default) notice(`Make it the default: carya model default ${refOf(model)}`)
}
