/** Runs the clients of examples/ as their users would: other programs, with Debian's packages and nothing of ours. */
import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Debian's own: another Python that stands before it on the path would not see Debian's modules. */
const PYTHON = '/usr/bin/python3'

export type Ended = { code: number | null; stdout: string; stderr: string }

/** Fails with what is to be installed where the clients' packages are missing; `./carya test` installs them. */
export async function requirePackages(): Promise<void> {
  const missing: string[] = []
  if ((await run([PYTHON, '-c', 'import pika'])).code !== 0) missing.push('python3-pika')
  if ((await run([PYTHON, '-c', 'import jsonschema'])).code !== 0) missing.push('python3-jsonschema')
  const tools = ['amqp-publish', 'amqp-consume'].map((name) => access(`/usr/bin/${name}`))
  if ((await Promise.allSettled(tools)).some(({ status }) => status === 'rejected'))
    missing.push('amqp-tools')
  if (missing.length > 0)
    throw new Error(`the examples' clients cannot run; on Debian: apt-get install ${missing.join(' ')}`)
}

/** `examples/python/submit.py`, with the generated schema of run requests. */
export function submitPy(url: string, ...args: string[]): Promise<Ended> {
  const schema = join(root, 'docs/generated/schemas/RunRequest.json')
  const program = join(root, 'examples/python/submit.py')
  return run([PYTHON, program, '--schema', schema, '--patience', '60', ...args], { CARYA_AMQP_URL: url })
}

/** `examples/shell/submit.sh`. */
export function submitSh(url: string, request: string): Promise<Ended> {
  const program = join(root, 'examples/shell/submit.sh')
  return run(['sh', program, request], { CARYA_AMQP_URL: url, CARYA_PATIENCE: '60' })
}

/** Runs a program to its end, with no variables but the path and those given. */
export function run([program = '', ...args]: string[], env: Record<string, string> = {}): Promise<Ended> {
  const PATH = '/usr/local/bin:/usr/bin:/bin'
  const child = spawn(program, args, { env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()))
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ...ended, code: 127, stderr: error.message }))
    child.once('close', (code) => resolve({ ...ended, code }))
  })
}
