/**
 * The logins at registries that the worker is given: of the Docker config of who runs `up`, what is about logins and
 * nothing else. The worker runs as another user, who may not read that file, so `up` makes a copy for it.
 */
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { systemCode } from './error-code.ts'

export type Logins = {
  /** The copy, as JSON; without logins where there are none. */
  text: string
  /** Why there may be some that were not taken. */
  trouble?: string
}

/** Where Docker's own client looks, unless `given` names another file, or the folder it is in. */
export function dockerConfigPath(given: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (given) return resolve(given)
  return env['DOCKER_CONFIG'] || (env['HOME'] ? join(env['HOME'], '.docker') : undefined)
}

/** Reads the config; one that is not there has no logins. */
export async function readLogins(path: string | undefined): Promise<Logins> {
  if (path === undefined) return { text: loginsOf({}) }
  try {
    const isFolder = (await stat(path)).isDirectory()
    const content = await readFile(isFolder ? join(path, 'config.json') : path, 'utf8')
    const config: unknown = content.trim() === '' ? {} : JSON.parse(content)
    return { text: loginsOf(config) }
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return { text: loginsOf({}) }
    // a parser's words quote what they could not read
    const why = code === undefined ? 'it is no JSON' : code
    return {
      text: loginsOf({}),
      trouble: `the worker gets no logins at registries: ${path} cannot be read, ${why}`,
    }
  }
}

function loginsOf(config: unknown): string {
  const { auths, credsStore, credHelpers } = Object(config)
  return JSON.stringify({ auths, credsStore, credHelpers }, undefined, 2)
}
