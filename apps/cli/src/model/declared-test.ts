/** Runs the test that a model declares, and compares what came of it. */
import type { Accepted, Model, ModelTest, RunView } from '@carya/contracts'
import type { Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { lastLines } from '../commands/run-text.ts'
import { waitForEnd } from '../commands/wait.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice } from '../terminal/streams.ts'
import { count, printable } from '../terminal/text.ts'
import { bytesWithin, MOST_COMPARED } from './bytes-within.ts'
import {
  differenceText,
  metricDifferences,
  outputDifference,
  tooLarge,
  type Difference,
} from './compare-test.ts'
import { expectedFiles } from './expected-files.ts'
import { refOf } from './register-model.ts'
import { registeredAnew } from './same-model.ts'

export type Tested = {
  model: string
  run: string
  state: RunView['state']
  passed: boolean
  differences: Difference[]
}

/** The label of runs that are tests of models; its value is the version. */
export const TEST_LABEL = 'carya.test'

/** Whether a model can be tested. */
export const declaresTest = ({ manifest }: Model): boolean => manifest.test !== undefined

/**
 * The test of a model that declares one, as an ordinary run that is waited for. Fails where the run was of another
 * image, for the version was registered anew before it was accepted; `again` is the command, for that.
 */
export async function runDeclaredTest(
  client: Client,
  { name, version, manifest, image }: Model,
  { json = false, again }: { json?: boolean | undefined; again: string },
): Promise<Tested> {
  const ref = refOf({ name, version })
  const { test } = manifest
  if (!test) throw noTest(ref)
  // before the run, so that it is not run for nothing
  const expected = await expectedFiles(client, test)
  const body = {
    kind: 'run',
    model: ref,
    ...(test.params ? { params: test.params } : {}),
    ...(test.inputs ? { inputs: test.inputs } : {}),
    labels: { [TEST_LABEL]: ref },
  }
  const accepted = await client.json<Accepted>('/v1/runs', { method: 'POST', body })
  if (!json) notice(`testing ${ref} by the run ${shortId(accepted.id)}`)
  const run = await waitForEnd(client, accepted.id, { json })
  if (run.image.digest !== image.digest) throw registeredAnew(ref, again)
  const differences = run.state === 'succeeded' ? await differencesOf(client, run, test, expected) : []
  const passed = run.state === 'succeeded' && differences.length === 0
  const tested = { model: ref, run: run.id, state: run.state, passed, differences }
  if (!json) tell(tested, run)
  return tested
}

/** The failure of a command that needs a test of a model that declares none. */
export function noTest(ref: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, {
    title: `${ref} declares no test`,
    help: [
      'Add to its model.yaml what an example run must give, and register it again:',
      '  test:',
      '    params: { rate: 0.5 }',
      '    metrics: { final: 99.96 }',
      '    tolerance: 1e-3',
      'The metrics it names are declared, those of metrics.json too: metrics: { final: {} }',
    ],
  })
}

async function differencesOf(
  client: Client,
  run: RunView,
  test: ModelTest,
  expected: ReadonlyMap<string, Uint8Array>,
): Promise<Difference[]> {
  const differences = metricDifferences(test.metrics ?? {}, run.metrics ?? {}, test.tolerance)
  for (const [name, content] of expected) {
    const path = `/v1/runs/${run.id}/outputs/${name.split('/').map(encodeURIComponent).join('/')}`
    const stream = await client.stream(path, { unless: [404] })
    const found = stream && (await bytesWithin(stream, MOST_COMPARED))
    const different =
      stream && !found ? tooLarge(name) : outputDifference(name, content, found, test.tolerance)
    if (different) differences.push(different)
  }
  return differences
}

function tell({ model, run, state, passed, differences }: Tested, { failure, logTail }: RunView): void {
  const short = shortId(run)
  if (passed) return notice(`✓ ${model} passes its test`)
  if (state !== 'succeeded') {
    notice(`✗ the test of ${model} ${state === 'cancelled' ? 'was cancelled' : 'failed to run'}`)
    if (failure) notice(`  ${failure.kind}: ${printable(failure.detail)}`)
    for (const line of lastLines(logTail)) notice(`  | ${line}`)
  } else {
    notice(`✗ ${model} does not give what its test declares: ${count(differences.length, 'difference')}`)
    for (const each of differences) notice(`  ${printable(differenceText(each))}`)
  }
  notice(`Look at the run: carya show ${short}, carya logs ${short}, carya outputs ${short}`)
}
