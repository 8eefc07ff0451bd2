/**
 * `pnpm test:brokers`: the tests of libs/amqp, of the users' rights, and of the faults whose outcome differs by version, on each line of
 * RabbitMQ, one after another. A broker that cannot be had fails the run, or with `--lenient` is named and left out.
 * Lines named as arguments (`4.3`) are tested alone.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connectEngine, findSocket } from '../../../apps/cli/src/stack/engine.ts'
import { brokerApi } from '../broker-api.ts'
import { startRabbit } from '../containers.ts'
import { ensureBrokerImage } from './image.ts'
import { brokerLine, brokerLines, type BrokerLine } from './lines.ts'

const ROOT = join(import.meta.dirname, '../../..')
const TESTS = ['tests/integration/amqp', 'tests/integration/broker-permissions', 'tests/chaos/broker/lines']

const { values, positionals } = parseArgs({
  options: { lenient: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const docker = connectEngine(findSocket(process.env))
const verdicts: string[] = []
const chosen = positionals.length === 0 ? brokerLines : positionals.map(brokerLine)
for (const line of chosen) verdicts.push(await testOn(line))
for (const verdict of verdicts) console.log(verdict)

/** Tests one line and says in a sentence how it went; a failure also sets the exit code. */
async function testOn(line: BrokerLine): Promise<string> {
  const called = `RabbitMQ ${line.line} (Debian ${line.suite})`
  try {
    await ensureBrokerImage(docker, line)
    process.env['CARYA_IMAGE_RABBITMQ'] = line.image // for the tests that start a broker of their own, too
    await using server = await startRabbit()
    const version = await brokerApi(server.managementUrl).version()
    if (!line.accepts(version)) throw new Error(`its image ${line.image} has ${version}`)
    console.log(`${called}: testing on ${version}`)
    const passed = await vitest({
      CARYA_TEST_AMQP_URL: server.amqpUrl,
      CARYA_TEST_AMQP_MANAGEMENT_URL: server.managementUrl,
    })
    if (!passed) process.exitCode = 1
    return `${called}: ${version}, ${passed ? 'passed' : 'FAILED'}`
  } catch (error) {
    if (!values.lenient) process.exitCode = 1
    const reason = `it could not be had: ${lastLine(error)}`
    return values.lenient ? `not run: ${called} (${reason})` : `failed: ${called}: ${reason}`
  }
}

function lastLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n')
  return lines.at(-1)?.replace(/^[ |]+/, '') ?? ''
}

async function vitest(env: Record<string, string>): Promise<boolean> {
  const child = spawn('pnpm', ['exec', 'vitest', 'run', ...TESTS], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  const [code] = await once(child, 'close')
  return code === 0
}
