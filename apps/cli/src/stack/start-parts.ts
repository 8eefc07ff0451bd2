/** Starting the parts and watching them become healthy, one after the other as the compose file orders them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Step, startStep } from '../terminal/progress.ts'
import type { Docker } from './engine.ts'
import { lastLogLines, type Part, partNames, readParts } from './parts.ts'
import { type Ended, lastLines } from './run-program.ts'

const LOOK_MS = 300

/** How long after compose has ended the last part may take to be healthy. */
const LAST_PART_MS = 120_000

export type StartEnd = { kind: 'healthy' } | { kind: 'port taken' | 'failed'; detail: string }

/** Runs `start` (compose) and returns when every part is healthy, or says which is not and what it last wrote. */
export async function startParts(
  docker: Docker,
  project: string,
  start: (onLine: (line: string) => void) => Promise<Ended>,
): Promise<StartEnd> {
  const step = startStep('starting RabbitMQ, Redis, dispatcher and worker')
  let ended: Ended | undefined
  const composing = start(() => {}).then((end) => (ended = end))
  let deadline = Number.POSITIVE_INFINITY
  let parts: Part[] = []
  while (Date.now() < deadline) {
    // its end may come at any moment between two looks: asked before the look, so that the look is the newer
    const done = ended
    parts = await readParts(docker, project)
    report(step, parts)
    if (done) {
      if (done.code !== 0) return fail(step, done, await worst(docker, parts))
      if (parts.every(({ state }) => state === 'healthy')) {
        step.done('RabbitMQ, Redis, dispatcher and worker are healthy')
        return { kind: 'healthy' }
      }
      if (parts.some(({ state }) => state === 'exited' || state === 'unhealthy')) break
      if (deadline === Number.POSITIVE_INFINITY) deadline = Date.now() + LAST_PART_MS
    }
    await sleep(LOOK_MS)
  }
  await composing
  return fail(step, undefined, await worst(docker, parts))
}

function report(step: Step, parts: readonly Part[]): void {
  const healthy = parts.filter(({ state }) => state === 'healthy').length
  step.update(parts.map(({ name, state }) => `${name} ${state}`).join(', '), healthy / partNames.length)
}

function fail(step: Step, ended: Ended | undefined, part: string): StartEnd {
  step.fail()
  const said = ended ? lastLines(ended.output, 6).join('\n') : ''
  const portTaken = /port is already allocated|address already in use/i.test(said)
  return { kind: portTaken ? 'port taken' : 'failed', detail: [said, part].filter(Boolean).join('\n') }
}

/** The first part that is in a bad way, with the last lines of its log. */
async function worst(docker: Docker, parts: readonly Part[]): Promise<string> {
  const bad = ['exited', 'restarting', 'unhealthy', 'starting', 'running', 'created'] as const
  for (const state of bad) {
    const part = parts.find((candidate) => candidate.state === state)
    if (!part?.container) continue
    const lines = await lastLogLines(docker, part.container, 15)
    return [`${part.name} is ${state}; its last words:`, ...lines.map((line) => `  | ${line}`)].join('\n')
  }
  return ''
}
