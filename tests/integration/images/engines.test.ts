/** What engines may do to a pull that no registry does: a socket of the test's own plays one. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEngine } from '../../../services/worker/src/docker/engine.ts'
import { pullImage } from '../../../services/worker/src/docker/pull.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
/** Long beside an answer of the engine here. */
const STALL_MS = 3000
const silent = { warn: () => {} }
const login = { username: 'ann', password: 'a-password', serveraddress: 'reg.lab' }

const lines = (...said: object[]) => said.map((each) => `${JSON.stringify(each)}\n`).join('')
const whole = (response: ServerResponse) => void response.end(lines({ status: `Digest: ${DIGEST}` }))
const coming = lines({ status: 'Downloading', id: 'a', progressDetail: { current: 1024, total: 4096 } })

/** Pulls from an engine that answers each time as the next of these does. */
async function pull(...answers: ((response: ServerResponse) => void)[]) {
  const socketPath = join(tmpdir(), `carya-pull-${randomBytes(6).toString('hex')}`)
  const asked: { url: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer(({ url = '', headers }, response) => {
    answers[asked.push({ url, headers }) - 1]!(response)
  }).listen(socketPath)
  const ending = new AbortController()
  const told: string[] = []
  try {
    const engine = openEngine(socketPath, silent, ending.signal)
    const credentials = () => Promise.resolve({ login })
    const end = await pullImage(engine, credentials, 'reg.lab/pond:1', (how) => told.push(how), STALL_MS)
    return { end, asked, told }
  } finally {
    ending.abort(new Error('over'))
    server.closeAllConnections()
    server.close()
    await rm(socketPath, { force: true })
  }
}

test('the login goes with the call, and the digest comes of it', async () => {
  const { end, asked } = await pull(whole)
  expect(end).toEqual({ digest: DIGEST })
  expect(asked[0]?.url).toBe('/images/create?fromImage=reg.lab%2Fpond&tag=1')
  const header = Buffer.from(String(asked[0]?.headers['x-registry-auth']), 'base64url').toString()
  expect(JSON.parse(header)).toEqual(login)
})

test('a pull that breaks off with the engine is made again, with the login', async () => {
  const breaks = (response: ServerResponse) =>
    void response.write(coming, () => setImmediate(() => response.destroy()))
  const { end, asked, told } = await pull(breaks, whole)
  expect(end).toEqual({ digest: DIGEST })
  expect(told).toContain('25 % of 4.0 KiB')
  expect(asked.map(({ headers }) => typeof headers['x-registry-auth'])).toEqual(['string', 'string'])
})

test.each([
  ['older', { error: 'unexpected EOF', errorDetail: { message: 'unexpected EOF' } }],
  ['newer', { errorDetail: { message: 'unexpected EOF' } }],
])('what passes is tried again, as %s engines say it in the middle of a pull', async (_age, said) => {
  const { end, asked, told } = await pull((response) => void response.end(coming + lines(said)), whole)
  expect(end).toEqual({ digest: DIGEST })
  expect(asked).toHaveLength(2)
  expect(told).toContain('is tried again, unexpected EOF')
})

test('what stays is not, and no secret that a registry repeats is handed on', async () => {
  const said = `denied: \u001b[1ma-password\nis wrong ${'x'.repeat(1000)}`
  const { end, asked } = await pull((response) => {
    response.writeHead(500).end(JSON.stringify({ message: said }))
  })
  expect(asked).toHaveLength(1)
  expect(end).toEqual({
    kind: 'image_unavailable',
    detail: expect.stringMatching(
      /^reg\.lab\/pond:1 cannot be pulled: denied: \[1m\*\*\* is wrong x{400,}…$/,
    ),
  })
})

test.each([
  ['at all', () => {}],
  ['any more', (response: ServerResponse) => void response.write(coming)],
])('a pull of which nothing comes %s is given up, and tried again', async (_when, answer) => {
  const { end, asked, told } = await pull(answer, whole)
  expect(end).toEqual({ digest: DIGEST })
  expect(asked).toHaveLength(2)
  expect(told.at(-2)).toMatch(/^is tried again, nothing came for .*: timed out$/)
})
