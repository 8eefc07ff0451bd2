/** `carya model build`: the image of a model's folder, which carries its manifest. */
import type { Command } from 'commander'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { buildModel } from './build-model.ts'

const HELP = `
The folder holds a Dockerfile and the model.yaml, whose "image" names what is
built. The manifest goes into the image's label carya.manifest, so that whoever
has the image can register it: carya model add IMAGE. Bases such as
debian:trixie-slim that no registry in reach has are made from Debian's
packages.`

export function register(model: Command): void {
  model
    .command('build')
    .description("build the image of a model's folder, with its manifest in a label")
    .argument('<folder>', 'the folder with Dockerfile and model.yaml')
    .option('--json', 'print JSON: image, digest, model')
    .addHelpText('after', HELP)
    .action(async (folder: string, options: { json?: true }) => {
      const built = await buildModel(folder, process.env)
      if (options.json) return printJson(built)
      printLine(built.image)
      notice(`Test it: carya model test ${folder}`)
      notice(`Register it: carya model add ${folder}`)
    })
}
