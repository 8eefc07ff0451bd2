/** What stands at the end of a run of tests, where logs that are cut short still have it. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const REPORTER = join(import.meta.dirname, '../../support/closing-line.ts')

test('each failure is named with its file and message, and what cannot be run with its reason, before the last line', async () => {
  // a root of its own has no settings of ours; by its name the sample is no test of ours either
  const options = ['--root', import.meta.dirname, '--reporter', REPORTER]
  const vitest = promisify(execFile)('pnpm', ['exec', 'vitest', 'run', 'sample.spec.ts', ...options])
  const { stdout } = await vitest.catch((failure: { stdout: string }) => failure)
  expect(stdout.trim().split('\n')).toEqual([
    'not run: sample.spec.ts > needs what is not there (only on the moon)',
    'failed: sample.spec.ts: fallen',
    'failed: sample.spec.ts > whose hook throws: no server',
    'failed: sample.spec.ts > of two > 2 is one: not one',
    'failed: sample.spec.ts > is left out: was not run, and no reason is given',
    'failed: sample.spec.ts > whose hook throws > never begins: was not run, and no reason is given',
    '3 passed, 5 failed',
  ])
})
