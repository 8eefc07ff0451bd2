/**
 * Whose login a pull uses, by a Docker config (`~/.docker/config.json`), as Docker's own client chooses: the helper
 * that is named for the registry, then the store for all of them, then what stands in the file itself.
 */
import { HUB } from './image-name.ts'

/** What of the file is about logins. */
export type DockerConfig = {
  auths?: Record<string, Entry> | undefined
  credsStore?: string | undefined
  credHelpers?: Record<string, string> | undefined
}
type Entry = { [field in 'auth' | 'username' | 'password' | 'identitytoken']?: string | undefined }

/** As the engine's API takes it. */
export type Login = { username?: string; password?: string; identitytoken?: string; serveraddress: string }

/** The address under which logins at Docker Hub are kept. */
const HUB_ADDRESS = 'https://index.docker.io/v1/'
const HUB_HOSTS = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

/** The name by which a registry is looked for in a config, and that its helper is asked for. */
export function addressOf(registry: string): string {
  return registry === HUB ? HUB_ADDRESS : registry
}

/** The helper program that keeps the login, by the end of its name; undefined where the file keeps it. */
export function helperFor(
  registry: string,
  { credHelpers = {}, credsStore }: DockerConfig,
): string | undefined {
  return credHelpers[addressOf(registry)] ?? credHelpers[registry] ?? (credsStore || undefined)
}

/** The login that stands in the file itself. */
export function loginIn({ auths = {} }: DockerConfig, registry: string): Login | undefined {
  const isIts = (key: string) => {
    const host = hostOf(key)
    return registry === HUB ? HUB_HOSTS.has(host) : host === registry
  }
  const entry = auths[addressOf(registry)] ?? Object.entries(auths).find(([key]) => isIts(key))?.[1]
  if (!entry) return undefined
  const serveraddress = addressOf(registry)
  const pair = entry.auth === undefined ? '' : decoded(entry.auth)
  const colon = pair.indexOf(':')
  const username = colon < 0 ? entry.username : pair.slice(0, colon)
  // older clients padded it with zeros
  const password = colon < 0 ? entry.password : pair.slice(colon + 1).replace(/\0+$/, '')
  const { identitytoken } = entry
  if (identitytoken) return { ...(username ? { username } : {}), identitytoken, serveraddress }
  return username && password !== undefined ? { username, password, serveraddress } : undefined
}

/** The login that a helper has answered with; undefined where that is none. A name `<token>` means a token. */
export function loginOf(
  answer: { Username?: unknown; Secret?: unknown },
  registry: string,
): Login | undefined {
  const { Username: username, Secret: secret } = answer
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return undefined
  const serveraddress = addressOf(registry)
  return username === '<token>'
    ? { identitytoken: secret, serveraddress }
    : { username, password: secret, serveraddress }
}

/** A text without what of it is secret in the login. */
export function withoutSecrets(
  text: string,
  { password = '', identitytoken = '' }: Partial<Login> = {},
): string {
  return [password, identitytoken]
    .filter((secret) => secret.length > 3)
    .reduce((clean, secret) => clean.replaceAll(secret, '***'), text)
}

/** Some write a URL for a host. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
