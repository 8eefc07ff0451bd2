/** `carya model new`: a folder to begin a model in. */
import { Option, type Command } from 'commander'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { languages, scaffoldOf, type Language } from './scaffold.ts'

type Options = { lang: Language; folder?: string; json?: true }

const HELP = `
  carya model new growth --lang c
  carya model test ./growth

The folder has a program that works, its Dockerfile, a manifest with a test, and
a README. For a program that is there already, write only a Dockerfile and a
model.yaml: see docs/bring-your-model.md.`

export function register(model: Command): void {
  model
    .command('new')
    .description(
      'make a folder to begin a model in: program, Dockerfile, manifest with a test, schema for editors',
    )
    .argument('<name>', 'the name of the model')
    .addOption(new Option('--lang <language>', 'of the program').choices(languages).default('python'))
    .option('--folder <folder>', 'where; ./NAME if it is not given')
    .option('--json', 'print JSON: folder, files')
    .addHelpText('after', HELP)
    .action(create)
}

async function create(name: string, { lang, folder = name, json }: Options): Promise<void> {
  await mustBeName(name)
  await mustBeEmpty(folder)
  const files = await scaffoldOf(name, lang)
  await mkdir(folder, { recursive: true })
  // never over what somebody else has written in the meantime
  for (const [file, text] of files) await writeFile(join(folder, file), text, { flag: 'wx' })
  if (json) return printJson({ folder, files: [...files.keys()] })
  for (const file of files.keys()) printLine(join(folder, file))
  notice(`Build, register and test it: carya model test ${isAbsolute(folder) ? folder : `./${folder}`}`)
}

async function mustBeName(name: string): Promise<void> {
  const { ImageRef, Name } = await import('@carya/contracts')
  const parsed = Name.safeParse(name)
  if (!parsed.success)
    throw new CommandFailure(exitCodes.usage, {
      title: `${name} cannot be the name of a model`,
      errors: parsed.error.issues.map(({ message }) => ({ value: name, detail: message })),
    })
  if (!ImageRef.safeParse(`models/${name}`).success)
    throw new CommandFailure(exitCodes.usage, {
      title: `${name} cannot be the name of an image, which a new model has too`,
      help: ['Take one with a letter or digit at its end and a single - or _ between others.'],
    })
}

async function mustBeEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: Error & { code?: string }) => {
    if (error.code === 'ENOENT') return []
    throw new CommandFailure(exitCodes.usage, {
      title: `${folder} cannot be used`,
      detail: error.message,
      help: ['Name another folder: --folder DIR'],
    })
  })
  if (entries.length === 0) return
  throw new CommandFailure(exitCodes.usage, {
    title: `${folder} is not empty`,
    detail: 'Nothing was written.',
    help: ['Name another folder: --folder DIR'],
  })
}
