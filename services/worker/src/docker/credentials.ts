/**
 * Logins at registries, from the host's Docker config. It is read anew for each pull: logins change. What is secret in
 * it goes to the engine and nowhere else: into no log, no error, no report.
 */
import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { addressOf, helperFor, loginIn, loginOf, type Login } from '../domain/docker-login.ts'

/** `trouble`: why there may be a login that was not had, for when the registry wants one. */
export type Credentials = (registry: string) => Promise<{ login?: Login; trouble?: string }>

const maybe = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined)
const Entry = z.object({ auth: maybe, username: maybe, password: maybe, identitytoken: maybe })
const Config = z.object({
  auths: z
    .record(z.string(), Entry)
    .nullish()
    .transform((value) => value ?? {}),
  credsStore: maybe,
  credHelpers: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? {}),
})

/** `path` of the file, or of the folder it is in; without one, or without a file there, nobody is logged in. */
export function openCredentials(path: string | undefined): Credentials {
  return async (registry) => {
    if (path === undefined) return {}
    const config = await readConfig(path)
    if (typeof config === 'string') return { trouble: config }
    const helper = helperFor(registry, config)
    const asked = helper === undefined ? {} : await askHelper(helper, registry)
    if (asked.login) return asked
    const login = loginIn(config, registry)
    return login ? { login } : asked
  }
}

/** The config, or what is wrong with it. Words of the parser's are left out: they quote what they could not read. */
async function readConfig(path: string): Promise<z.infer<typeof Config> | string> {
  try {
    const isFolder = (await stat(path)).isDirectory()
    const content = await readFile(isFolder ? join(path, 'config.json') : path, 'utf8')
    const parsed = Config.safeParse(content.trim() === '' ? {} : JSON.parse(content))
    return parsed.data ?? 'the Docker config of this host is not what it should be'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return Config.parse({})
    return code === undefined
      ? 'the Docker config of this host is no JSON'
      : `the Docker config of this host cannot be read (${code})`
  }
}

const HELPER_MS = 30_000
const MOST_ANSWER = 64 * 1024

/** Asks a helper program for its login, by Docker's protocol: the address on stdin, JSON on stdout. */
async function askHelper(name: string, registry: string): Promise<{ login?: Login; trouble?: string }> {
  const program = `docker-credential-${name}`
  const trouble = (why: string) => ({ trouble: `the login is kept by ${program}, ${why}` })
  if (!/^[\w.-]+$/.test(name))
    return { trouble: 'the Docker config of this host names a helper that cannot be one' }
  const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], timeout: HELPER_MS })
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    child.once('close', resolve)
  })
  child.stdin.on('error', () => {}) // it need not read what it is asked
  child.stdin.end(`${addressOf(registry)}\n`)
  const said = await text(child.stdout).catch(() => '')
  const code = await ended
  if (code === 'ENOENT') return trouble('which is not there for the worker to run')
  if (typeof code === 'string') return trouble(`which cannot be run (${code})`)
  if (code !== 0)
    return said.includes('credentials not found') ? {} : trouble(`which ended with ${code ?? 'a signal'}`)
  try {
    const login = said.length > MOST_ANSWER ? undefined : loginOf(JSON.parse(said), registry)
    return login ? { login } : {}
  } catch {
    return trouble('which gave no answer that can be read')
  }
}
