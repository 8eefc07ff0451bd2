/**
 * Which service a command speaks to. The first that is set wins: `--api`, CARYA_API with CARYA_TOKEN, the state
 * folder (CARYA_HOME, else a `.carya/` in this folder or one above it, else the checkout's own).
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { clientSettings } from '../stack/client-settings.ts'
import { findHome, homeAt, type Home } from '../stack/home.ts'
import { readInstallation } from '../stack/installation.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

/** `source` says where the address was found, for when nobody answers there. */
export type Context = { api: URL; token: string; source: string }

/** The context; fails as wrong use where an address has no token or is none, as unreachable where there is nothing. */
export async function findContext(
  flags: { api?: string | undefined },
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<Context> {
  const given = flags.api ?? env['CARYA_API']
  const own = await ofState(env, folder)
  if (given === undefined || given === '') {
    if (own) return own
    throw new CommandFailure(exitCodes.unreachable, {
      title: 'There is no installation here, and no service was named',
      help: [
        'Start one on this machine: ./carya up',
        'Or name one: export CARYA_API=http://… CARYA_TOKEN=… (on its machine, carya env prints both)',
      ],
    })
  }
  const source = flags.api === undefined ? 'CARYA_API' : '--api'
  const api = addressOf(given, source)
  const token = tokenOf(env) ?? (own?.api.href === api.href ? own.token : undefined)
  if (token !== undefined) return { api, token, source }
  throw new CommandFailure(exitCodes.usage, {
    title: `${source} names ${api.origin}, but there is no token for it`,
    help: ['Set CARYA_TOKEN, or CARYA_TOKEN_FILE. On the machine of the service, carya env prints it.'],
  })
}

async function ofState(env: NodeJS.ProcessEnv, folder: string): Promise<Context | undefined> {
  const home = env['CARYA_HOME'] ? findHome(env) : (above(folder) ?? findHome(env))
  const installation = await readInstallation(home)
  if (!installation) return undefined
  const { api, token } = await clientSettings(home, installation)
  return { api: new URL(api), token, source: home.path }
}

function above(folder: string): Home | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const home = homeAt(join(at, '.carya'))
    if (existsSync(home.installation)) return home
    if (dirname(at) === at) return undefined
  }
}

function addressOf(text: string, source: string): URL {
  const url = URL.parse(text)
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return new URL(url.origin)
  throw new CommandFailure(exitCodes.usage, {
    title: `${source} is no address of a service`,
    errors: [{ value: text, detail: 'for example http://127.0.0.1:7070' }],
  })
}

function tokenOf(env: NodeJS.ProcessEnv): string | undefined {
  const file = env['CARYA_TOKEN_FILE']
  if (env['CARYA_TOKEN']) return env['CARYA_TOKEN']
  return file ? readFileSync(file, 'utf8').trim() : undefined
}
