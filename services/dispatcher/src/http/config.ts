/** The HTTP server's part of the settings. */
import { readTokens, type Config } from '../config.ts'
import type { HttpConfig } from './server.ts'

export function httpConfig(config: Config): HttpConfig {
  return {
    host: config.CARYA_HTTP_HOST,
    port: config.CARYA_HTTP_PORT,
    allowedHosts: config.CARYA_ALLOWED_HOSTS.split(',').filter((name) => name !== ''),
    tokens: [...readTokens(config.CARYA_TOKENS_FILE)].map(([name, token]) => ({ name, token })),
  }
}
