/** The host's policy: read once, at the start of the worker. What is not right in it ends the start. */
import { withinRuntimes, type Policy } from '@carya/contracts'
import { readPolicy } from '@carya/contracts/policy-file'
import { ConfigError } from '@carya/contracts/settings'
import { readFile } from 'node:fs/promises'

/** Undefined where none is named: then nothing is allowed. Throws ConfigError with the place of every fault. */
export async function readHostPolicy(path: string | undefined): Promise<Policy | undefined> {
  if (path === undefined) return undefined
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new ConfigError(`CARYA_POLICY: ${error.message}`)
  })
  const read = readPolicy(text)
  if ('policy' in read) return read.policy
  const faults = read.faults.map(({ place, detail }) => `  ${path}:${place} ${detail}`)
  throw new ConfigError(`the host's policy is not right:\n${faults.join('\n')}`)
}

/**
 * The policy with the runtimes that the engine has, and the names of those that it lacks. Throws ConfigError where it
 * lacks the one that all models are to have: without it none would be isolated as its operator wants.
 */
export function withinEngine(
  policy: Policy | undefined,
  runtimes: readonly string[],
): { policy: Policy | undefined; lacking: string[] } {
  if (policy === undefined) return { policy, lacking: [] }
  const { runtime } = policy
  if (runtime !== undefined && !runtimes.includes(runtime))
    throw new ConfigError(
      `CARYA_POLICY: the engine has no runtime ${runtime}, which models are to have; it has ${runtimes.join(', ')}`,
    )
  const named = new Set(Object.values(policy.models).flatMap((allowed) => allowed.runtimes ?? []))
  return {
    policy: withinRuntimes(policy, runtimes),
    lacking: [...named].filter((each) => !runtimes.includes(each)),
  }
}
