/** The engine's events: of our containers a start, a signal, an end, as they happen; and all that it still remembers. */
import { Readable } from 'node:stream'
import type { Engine } from './engine.ts'
import { linesOf } from './lines.ts'

/** `id` of what it happened to; a signal is there with a `kill`. */
export type Event = { action: string; id: string; timeNano: number; signal?: string }

/** As the engine writes it. Engines before 29 wrote `status` and `id` beside these, later ones do not. */
type Written = {
  Action: string
  Actor?: { ID: string; Attributes?: Record<string, string> | null }
  timeNano: number
}

/** HUP, INT, QUIT, KILL, TERM: what a program is ended with; others may be a talk between it and its user. */
const ENDING = new Set(['1', '2', '3', '9', '15'])

/** Whether somebody sent the container a signal that is meant to end it. */
export function isEnding({ action, signal }: Event): boolean {
  return action === 'kill' && signal !== undefined && ENDING.has(signal)
}

/** The events of our containers as they happen, without end. The engine listens for us from when this resolves. */
export async function openEvents(
  engine: Engine,
  labels: readonly string[],
): Promise<{ events: AsyncIterable<Event>; close: () => void }> {
  const filters = JSON.stringify({ type: ['container'], event: ['start', 'die', 'kill'], label: labels })
  const stream = await open(engine, { filters })
  return { events: parsed(stream), close: () => stream.destroy() }
}

/**
 * The last events of all kinds that the engine still knows, in order and without a gap: 256 of them, whoever caused
 * them, and none of before it was started.
 */
export async function replay(engine: Engine): Promise<Event[]> {
  const stream = await open(engine, { since: 1, until: Date.now() / 1000 })
  const events: Event[] = []
  for await (const event of parsed(stream)) events.push(event)
  return events
}

async function open(engine: Engine, options: object): Promise<Readable> {
  const stream = await engine.call((docker) => docker.getEvents(options))
  if (!(stream instanceof Readable)) throw new TypeError('the engine gave no stream of events')
  return stream
}

async function* parsed(stream: Readable): AsyncIterable<Event> {
  for await (const line of linesOf(stream)) {
    const { Action, Actor, timeNano }: Written = JSON.parse(line)
    const signal = Actor?.Attributes?.['signal']
    yield { action: Action, id: Actor?.ID ?? '', timeNano, ...(signal === undefined ? {} : { signal }) }
  }
}
