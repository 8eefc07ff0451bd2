/** What the service says of itself: what it mended, and what was lost with Redis. */
import type { ServiceView } from '@carya/contracts'
import { openClient } from '../client/client.ts'
import { clientSettings } from './client-settings.ts'
import type { Home } from './home.ts'
import type { Installation } from './installation.ts'

const PATIENCE_MS = 3000

/** Undefined where the service does not answer: the state of its parts says why. */
export async function readService(home: Home, installation: Installation): Promise<ServiceView | undefined> {
  try {
    const { api, token } = await clientSettings(home, installation)
    const client = openClient({ api: new URL(api), token, source: home.path })
    return await client.json<ServiceView>('/v1/service', { signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch {
    return undefined
  }
}

/** In lines `name<tab>value`, as the endpoints are printed; none where there is nothing to tell. */
export function serviceLines({ mended, recovery }: ServiceView): string[] {
  const counts = Object.entries(mended).filter(([, count]) => count > 0)
  const lines = counts.length > 0 ? [`mended\t${counts.map(([what, n]) => `${what} ${n}`).join(', ')}`] : []
  if (!recovery) return lines
  const { since, until, rebuilt, ended, lost } = recovery
  if (until === undefined)
    return [...lines, `recovery\tsince ${since}: Redis had forgotten runs, and hosts and store are asked`]
  const made = `${rebuilt} records made again, ${ended} runs found ended`
  return [
    ...lines,
    `recovery\t${since} to ${until}: Redis had forgotten runs; ${made}`,
    ...lost.map((what) => `lost\t${what}`),
  ]
}
