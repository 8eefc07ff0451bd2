/** `carya model check`: everything that is wrong with manifests, without a service. */
import type { Command } from 'commander'
import { exitCodes } from '../terminal/exit-codes.ts'
import { printJson, printLine } from '../terminal/streams.ts'
import { count, printable } from '../terminal/text.ts'
import type { PlacedFault } from './check-manifest-file.ts'

export function register(model: Command): void {
  model
    .command('check')
    .description(
      'name every fault of manifests, with line and column; needs no service. Exit code 2 if there is one',
    )
    .argument('<file...>', 'manifests, or folders with a model.yaml')
    .option('--json', 'as JSON: ok, faults')
    .action(check)
}

async function check(files: readonly string[], options: { json?: true }): Promise<void> {
  const { checkManifestFile } = await import('./check-manifest-file.ts')
  const checked = await Promise.all(files.map(checkManifestFile))
  const faults = checked.flatMap((each) => ('faults' in each ? each.faults : []))
  if (faults.length > 0) process.exitCode = exitCodes.usage
  if (options.json) return printJson({ ok: faults.length === 0, faults })
  for (const each of checked)
    if ('faults' in each) for (const fault of each.faults) printLine(printable(faultText(fault)))
    else printLine(printable(`${each.file}: no fault`))
  if (faults.length > 0) printLine(count(faults.length, 'fault'))
}

/** `model.yaml:3:9: parameters.k.default: a number from 0 to 1` */
function faultText({ file, line, column, path, detail }: PlacedFault): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${detail}`
}
