/** Wires the watch over what Redis may have forgotten (handlers/recover.ts) to the queues, the store and the time. */
import type { Consumer, Log } from '@carya/amqp'
import type { Store } from '@carya/store'
import { setTimeout as pause } from 'node:timers/promises'
import { Unavailable } from './api.ts'
import { recover, type Recover, type RecoverParts } from './handlers/recover.ts'

export type RecoveringParts = Omit<RecoverParts, 'seenBefore' | 'onChange'> & {
  store: Pick<Store, 'readSequence' | 'writeSequence'>
  installation: string
  onCommit: (observer: (seq: number) => void) => void
  /** the connection to Redis came, or went */
  onConnection: (listener: (up: boolean) => void) => void
  /** it may be fed again */
  onOpen: () => void
}

export type Recovering = Recover & {
  /** Has these paused while Redis is away or not compared yet (H9), and `requests` while it recovers too. */
  govern(consumers: { requests: Consumer; others: readonly Consumer[] }): void
  /** Lets a call through, unless Redis recovers: keys may be forgotten that make it the same as one before. */
  guarded<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R>
  [Symbol.asyncDispose](): Promise<void>
}

const TICK_MS = 1000
const LAST_NOTE_MS = 2000

/** Compares Redis with what an earlier process has noted, before it resolves. */
export async function openRecovering(parts: RecoveringParts): Promise<Recovering> {
  const { store, installation, log } = parts
  let governed: { requests: Consumer; others: readonly Consumer[] } | undefined
  let now = { isSound: false, isRecovering: false }
  let wasOpen = false
  /** Nothing yet: even of no commit at all a note is made, by which workers know the store for ours. */
  let noted: number | undefined
  let isTicking = false

  const steer = () => {
    if (!governed) return
    const { requests, others } = governed
    for (const consumer of others) turn(consumer, now.isSound)
    turn(requests, now.isSound && !now.isRecovering)
  }
  const seenBefore = await store.readSequence(installation).catch((err: unknown) => {
    noted = 0 // what is there is not written over before there is more to say
    return unreadable(err, log)
  })
  const watch = recover({
    ...parts,
    seenBefore,
    onChange(state) {
      now = state
      steer()
    },
  })
  let noting: Promise<void> | undefined
  const note = async () => {
    const highest = watch.highest()
    if (noting || highest === noted) return
    noting = store.writeSequence(installation, highest)
    await noting.finally(() => (noting = undefined))
    noted = highest
  }
  const tick = async () => {
    if (isTicking) return
    isTicking = true
    try {
      await watch.tick()
      const isOpen = governed !== undefined && watch.isOpen()
      if (isOpen && !wasOpen) parts.onOpen()
      wasOpen = isOpen
    } finally {
      isTicking = false
    }
  }
  const ticks = () => tick().catch((err: unknown) => log.debug({ err }, 'Redis cannot be compared yet'))
  let isTold = false
  const notes = () =>
    note().then(
      () => void (isTold = false),
      (err: unknown) => {
        if (!isTold) log.warn({ err }, 'the sequence cannot be noted in the store: it is tried again')
        isTold = true
      },
    )

  parts.onCommit(watch.committed)
  await watch.check()
  parts.onConnection((up) => {
    if (up) return void ticks()
    wasOpen = false
    watch.lost()
  })
  void notes()
  const timer = setInterval(() => {
    void ticks()
    void notes()
  }, TICK_MS)

  return {
    ...watch,
    heard(worker) {
      watch.heard(worker)
      if (!wasOpen) void ticks()
    },
    govern(consumers) {
      governed = consumers
      steer()
      void ticks()
    },
    guarded:
      (call) =>
      (...args) => {
        if (!watch.isRecovering()) return call(...args)
        const detail = 'Redis had forgotten runs and is being recovered: try again in a little while'
        throw new Unavailable('Redis', { detail })
      },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      // a store that hangs must not hold up the end
      await Promise.race([notes(), pause(LAST_NOTE_MS, undefined, { ref: false })])
    },
  }
}

function turn(consumer: Consumer, isOn: boolean): void {
  const isPaused = consumer.state() === 'paused'
  if (isOn && isPaused) consumer.resume()
  if (!isOn && !isPaused) void consumer.pause()
}

function unreadable(err: unknown, log: Log): number {
  log.warn({ err }, 'what an earlier process has seen cannot be read in the store')
  return 0
}
