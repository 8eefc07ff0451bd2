import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from './program.ts'
import { exitCodes } from './terminal/exit-codes.ts'

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)

test('every command takes --json', () => {
  const all = leaves(createProgram())
  expect(all.map((command) => command.name())).toContain('test')
  const without = all.filter(({ options }) => !options.some(({ long }) => long === '--json'))
  expect(without.map((command) => command.name())).toEqual([])
})

const withChildren = (command: Command): Command[] => [command, ...command.commands.flatMap(withChildren)]

test('the help of every command fits 80 columns', () => {
  const long = withChildren(createProgram()).flatMap((command) => {
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 80 }).outputHelp()
    return help.split('\n').filter((line) => line.length > 80)
  })
  expect(long).toEqual([])
})

test('the help names every exit code', () => {
  let help = ''
  const program = createProgram().configureOutput({ writeOut: (text) => (help += text) })
  program.outputHelp()
  const [, table = ''] = help.split('\nExit codes:\n')
  const codes = [...table.matchAll(/^ {2}(\d+) /gm)].map(([, code]) => Number(code))
  expect(codes).toEqual(Object.values(exitCodes))
})
