/** `carya model`: each of its commands is a module of its own beside this one. */
import type { Command } from 'commander'
import { register as add } from './add-command.ts'
import { register as build } from './build-command.ts'
import { register as check } from './check-command.ts'
import { register as makeDefault } from './default-command.ts'
import { register as ls } from './ls-command.ts'
import { register as create } from './new-command.ts'
import { register as rm } from './rm-command.ts'
import { register as show } from './show-command.ts'
import { register as test } from './test-command.ts'
import { register as upgrade } from './upgrade-command.ts'

/** In the order of the help. */
const commands: readonly ((model: Command) => void)[] = [
  create,
  check,
  build,
  test,
  add,
  ls,
  show,
  upgrade,
  makeDefault,
  rm,
]

export function register(program: Command): void {
  const model = program.command('model').description('models that can be run')
  for (const each of commands) each(model)
}
