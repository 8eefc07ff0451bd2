/**
 * Passes all tests, from nothing: engine, images and packages are made ready first. What was started here is stopped
 * at the end, however that comes: the steps' processes, the servers that carry this run's label, and the engine.
 */
import { randomBytes } from 'node:crypto'
import { notice, printLine } from '../../terminal/streams.ts'
import { durationText } from '../../terminal/text.ts'
import type { Docker } from '../engine.ts'
import { openHome, root } from '../home.ts'
import { ensureBaseImage, ensureServerImages, ensureTestBroker } from '../images.ts'
import { ensureRequirements } from '../requirements.ts'
import { stopEngine } from '../start-engine.ts'
import { stepTally, type Tally } from './closing-lines.ts'
import { followCommand } from './follow-command.ts'
import { ALL_MINUTES, steps } from './steps.ts'
import { ensureTestPackages } from './test-packages.ts'

/** Runs every step, also after one has failed; gives the sum. `stop` ends it early. */
export async function runTests(install: boolean, env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<Tally> {
  const home = await openHome(env)
  await using stack = new AsyncDisposableStack()
  const { docker, engineStarted } = await ensureRequirements(home, { install }, env)
  if (engineStarted) stack.defer(() => stopEngine(home))
  await ensureTestPackages(install)
  const servers = await ensureServerImages(docker, {}, env)
  await ensureBaseImage(docker, env)
  const run = randomBytes(6).toString('hex')
  stack.defer(() => removeServers(docker, run))
  const testEnv = {
    ...withoutSettings(env),
    CARYA_IMAGE_RABBITMQ: await ensureTestBroker(docker, servers.rabbitmq, env),
    CARYA_IMAGE_REDIS: servers.redis,
    CARYA_TEST_RUN: run,
  }

  const sum: Tally = { passed: 0, failed: 0 }
  const words: string[] = []
  const deadline = AbortSignal.timeout(ALL_MINUTES * 60_000)
  for (const { name, command, minutes } of steps) {
    if (stop.aborted) break
    printLine(`\n== ${name}: ${command.join(' ')}`)
    const began = Date.now()
    const limit = AbortSignal.any([stop, deadline, AbortSignal.timeout(minutes * 60_000)])
    const { code, lines, stopped } = await followCommand(command, root, testEnv, limit)
    const tally = stepTally(lines, code)
    sum.passed += tally.passed
    sum.failed += tally.failed
    const took = durationText(Date.now() - began)
    words.push(
      `${name}: ${tally.passed} passed, ${tally.failed} failed (${stopped ? 'stopped after ' : ''}${took})`,
    )
  }
  printLine()
  for (const line of words) printLine(line)
  return sum
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
