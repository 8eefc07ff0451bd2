/** `carya model`: each of its commands is a module of its own beside this one. */
import type { Command } from 'commander'
import { register as add } from './add-command.ts'
import { register as ls } from './ls-command.ts'
import { register as show } from './show-command.ts'

/** In the order of the help. */
const commands: readonly ((model: Command) => void)[] = [add, ls, show]

export function register(program: Command): void {
  const model = program.command('model').description('models that can be run')
  for (const each of commands) each(model)
}
