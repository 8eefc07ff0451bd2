/**
 * Passes all tests, from nothing: engine, images and packages are made ready first. What was started here is stopped
 * at the end, however that comes: the steps' processes, the servers that carry this run's label, and the engine.
 */
import { randomBytes } from 'node:crypto'
import { notice } from '../../terminal/streams.ts'
import { durationText } from '../../terminal/text.ts'
import type { Docker } from '../engine.ts'
import { openHome, root } from '../home.ts'
import { ensureBaseImage, ensureServerImages, servers } from '../images.ts'
import { ensureRequirements } from '../requirements.ts'
import { ensureBrokerImage } from '../../../../../tests/support/brokers/image.ts'
import { brokerLine } from '../../../../../tests/support/brokers/lines.ts'
import { stopEngine } from '../start-engine.ts'
import { namesOf, stepTally, sumOf, type Tally } from './closing-lines.ts'
import { followCommand } from './follow-command.ts'
import { ALL_MINUTES, steps } from './steps.ts'
import { ensureTestPackages } from './test-packages.ts'

/** `names`: what failed or was not run. */
export type StepResult = Tally & { name: string; milliseconds: number; stopped: boolean; names: string[] }
export type TestOptions = {
  install: boolean
  /** Where what the steps write goes, a line at a time. */
  say: (line: string) => void
}

/** Runs every step, also after one has failed; gives the sum, and each step that was begun. `stop` ends it early. */
export async function runTests(
  { install, say }: TestOptions,
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
): Promise<Tally & { names: string[]; steps: StepResult[] }> {
  const home = await openHome(env)
  await using stack = new AsyncDisposableStack()
  const { docker, engineStarted } = await ensureRequirements(home, { install }, env)
  if (engineStarted) stack.defer(() => stopEngine(home))
  await ensureTestPackages(install)
  await ensureBaseImage(docker, env)
  // what a registry has for a stack is the newest 4.x: the tests hold for a line that is named
  const rabbitmq = await ensureBrokerImage(docker, brokerLine('4.0'))
  const { redis } = await ensureServerImages(docker, {}, { ...env, [servers.rabbitmq.variable]: rabbitmq })
  const run = randomBytes(6).toString('hex')
  stack.defer(() => removeServers(docker, run))
  const testEnv = {
    ...withoutSettings(env),
    [servers.rabbitmq.variable]: rabbitmq,
    [servers.redis.variable]: redis,
    CARYA_TEST_RUN: run,
  }

  const results: StepResult[] = []
  const deadline = AbortSignal.timeout(ALL_MINUTES * 60_000)
  for (const { name, command, minutes } of steps) {
    if (stop.aborted) break
    say(`\n== ${name}: ${command.join(' ')}`)
    const began = Date.now()
    const limit = AbortSignal.any([stop, deadline, AbortSignal.timeout(minutes * 60_000)])
    const { code, lines, stopped } = await followCommand(command, root, testEnv, limit, say)
    const milliseconds = Date.now() - began
    const tally = stepTally(lines, code)
    const end = stopped === undefined ? `ended with code ${code}` : 'stopped'
    const names = namesOf(lines, tally, end).map((line) => `${name}: ${line}`)
    results.push({ name, ...tally, milliseconds, stopped: stopped !== undefined, names })
  }
  say('')
  for (const { name, passed, failed, milliseconds, stopped } of results) {
    const took = `${stopped ? 'stopped after ' : ''}${durationText(milliseconds)}`
    say(`${name}: ${passed} passed, ${failed} failed (${took})`)
  }
  return { ...sumOf(results), names: results.flatMap((each) => each.names), steps: results }
}

/** The user's settings for his own stack are none of the tests'. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = /^CARYA_(DOCKER_SOCKET|REGISTRY|TEST_)/
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('CARYA_') || kept.test(name)),
  )
}

/** Servers of a step that was killed before it could stop them. */
async function removeServers(docker: Docker, run: string): Promise<void> {
  const left = await docker.listContainers({ all: true, filters: { label: [`carya.test=${run}`] } })
  for (const { Id } of left) await docker.getContainer(Id).remove({ force: true, v: true })
  if (left.length > 0) notice(`removed ${left.length} servers that tests had left behind`)
}
