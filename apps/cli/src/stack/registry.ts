/** Images from a container registry, where one is in reach. A closed network must not hold us up: all is bounded. */
import { createInterface } from 'node:readline'
import type { Docker } from './engine.ts'

/** The registry's first answer: a closed network may say nothing at all. */
const PROBE_MS = 15_000

/** A pull that brings nothing for this long has stopped. */
const STALL_MS = 120_000

/** The name under which an official image is asked for: Docker Hub's, or that of the mirror CARYA_REGISTRY. */
export function registryName(official: string, env: NodeJS.ProcessEnv): string {
  const registry = env['CARYA_REGISTRY']?.replace(/\/+$/, '')
  return registry ? `${registry}/library/${official}` : official
}

/** Whether the registry knows the image and answers in time; else why not. */
export async function probeRegistry(docker: Docker, name: string): Promise<true | string> {
  const timeout = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`no answer within ${PROBE_MS / 1000} s`), PROBE_MS).unref()
  })
  const asked = docker
    .getImage(name)
    .distribution()
    .then(() => true as const)
    .catch((error: Error) => shortReason(error.message))
  return Promise.race([asked, timeout])
}

function shortReason(message: string): string {
  return message
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .trim()
    .slice(0, 200)
}

/** Pulls an image; throws the registry's word if it fails or stalls. */
export async function pullImage(
  docker: Docker,
  name: string,
  onStep: (text: string, share?: number) => void,
): Promise<void> {
  const abort = new AbortController()
  let stalled = setTimeout(() => abort.abort(), STALL_MS)
  const answer = await docker.pull(name, { abortSignal: abort.signal })
  const layers = new Map<string, { current: number; total: number }>()
  try {
    for await (const line of createInterface({ input: answer })) {
      clearTimeout(stalled)
      stalled = setTimeout(() => abort.abort(), STALL_MS)
      const { status = '', id, progressDetail, error, errorDetail }: PullLine = JSON.parse(line)
      const refusal = errorDetail?.message ?? error
      if (refusal) throw new Error(refusal)
      if (id && progressDetail?.total) {
        layers.set(id, { current: progressDetail.current ?? 0, total: progressDetail.total })
      }
      const all = [...layers.values()]
      const total = all.reduce((sum, layer) => sum + layer.total, 0)
      onStep(status, total > 0 ? all.reduce((sum, layer) => sum + layer.current, 0) / total : undefined)
    }
  } finally {
    clearTimeout(stalled)
  }
}

type PullLine = {
  status?: string
  id?: string
  progressDetail?: { current?: number; total?: number }
  /** engines before 29 */
  error?: string
  errorDetail?: { message?: string }
}
