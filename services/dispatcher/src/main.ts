/** The process of the dispatcher: its settings, its signals, and a new start where Redis went away during one. */
import './threads.ts'
import { ConfigError } from '@carya/contracts/settings'
import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import { readConfig, type Config } from './config.ts'
import { runDispatcher } from './dispatcher.ts'
import { isAway } from './redis/client.ts'

const AGAIN_MS = 1000

/** Where Redis goes away while the parts are opened, they are taken down again, and opened when it is back. */
async function start(config: Config, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await runDispatcher(config, signal)
    } catch (err) {
      if (signal.aborted) return
      if (!isAway(err)) throw err
      pino({ base: { component: 'dispatcher' } }).warn({ err }, 'Redis went away: starting again')
      await setTimeout(AGAIN_MS, undefined, { signal }).catch(() => {})
    }
  }
}

/** Less than the 30 s after which a supervisor loses patience. */
const LEAVE_SECONDS = 20

const stop = new AbortController()
setMaxListeners(0, stop.signal)
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(1)
    stop.abort(name)
    // a server that is away would keep us until it is back: what is left in hand is safe, as in a crash
    void setTimeout(LEAVE_SECONDS * 1000, undefined, { ref: false }).then(() => process.exit(0))
  })
try {
  await start(readConfig(process.env), stop.signal)
} catch (err) {
  if (!(err instanceof ConfigError)) throw err
  process.stderr.write(`${err.message}\n`)
  process.exitCode = 78
}
