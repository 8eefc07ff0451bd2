/** Asking before something is lost. */
import { createInterface } from 'node:readline/promises'
import { exitCodes } from './exit-codes.ts'
import { CommandFailure } from './failure.ts'
import { canAsk } from './streams.ts'

/**
 * Returns once the user has typed `word`; anything else ends the command. Where nobody can be asked, the command
 * ends as wrong use and names the option that answers.
 */
export async function confirm(what: string, word: string, option = '--yes'): Promise<void> {
  if (!canAsk()) {
    throw new CommandFailure(exitCodes.usage, {
      title: what,
      detail: 'This cannot be undone, and there is no terminal to ask on.',
      help: [`Add ${option} to confirm.`],
    })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${what}\nType ${word} to go on: `)
    if (answer.trim() !== word) throw new CommandFailure(exitCodes.usage, { title: 'Nothing was done.' })
  } finally {
    terminal.close()
  }
}
