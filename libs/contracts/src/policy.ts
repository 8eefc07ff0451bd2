/**
 * A host's policy: what isolation models may be without there. It is a file of the operator's; without it nothing is
 * allowed. Heartbeats carry it, so that the dispatcher offers no job where it would be declined.
 *
 * It has words for what may be allowed and for nothing else: no word makes a container privileged, gives it the engine's
 * socket, a path or device of the host, or the rights of root.
 */
import { z } from 'zod'
import { IsolationAsked, NoCapabilities } from './setup.ts'

const PATTERN = 'a model: *, name, or name@version; * stands for any letters'

export const Allowed = z
  .strictObject({
    network: z.enum(['outbound'], 'outbound, or nothing').optional(),
    writable: z.boolean().optional(),
    capabilities: NoCapabilities.optional(),
    runtimes: z.array(IsolationAsked.shape.runtime.unwrap()).max(16).optional(),
  })
  .meta({ id: 'Allowed', description: 'What models of a pattern may ask' })
export type Allowed = z.infer<typeof Allowed>

export const Policy = z
  .strictObject({
    models: z
      .record(z.string().regex(/^[a-z0-9*][A-Za-z0-9*._+@-]{0,127}$/, PATTERN), Allowed)
      .default({})
      .meta({ description: 'by pattern; a model may what any pattern that fits it allows' }),
    runtime: IsolationAsked.shape.runtime.meta({ description: 'used for models that ask none' }),
  })
  .meta({ id: 'Policy', description: 'What a host allows models beyond the isolation that all have' })
export type Policy = z.infer<typeof Policy>

/** Characters of a policy as JSON: it travels with every heartbeat. */
export const MOST_POLICY = 8192

/** A policy as a heartbeat carries it: a worker of another version may know more words (H22). */
export const PolicyTold = z
  .looseObject({
    models: z
      .record(
        z.string(),
        z.looseObject({
          network: z.string().optional(),
          writable: z.boolean().optional(),
          runtimes: z.array(z.string()).optional(),
        }),
      )
      .optional(),
    runtime: z.string().optional(),
  })
  .meta({ id: 'PolicyTold', description: 'The policy of its host, where there is one' })
export type PolicyTold = z.infer<typeof PolicyTold>

/**
 * What of it the host's policy does not allow the model (`name@version`), in words: `network: outbound`. Empty where
 * all is allowed; a host without a policy allows nothing.
 */
export function refusedBy(
  policy: PolicyTold | undefined,
  model: string,
  { network, writable = [], runtime }: AskedIsolation,
): string[] {
  const isOffline = network === undefined || network === 'none'
  const isUsual = runtime === undefined || runtime === policy?.runtime
  if (isOffline && writable.length === 0 && isUsual) return []
  const fitting = Object.entries(policy?.models ?? {})
    .filter(([pattern]) => fitsPattern(pattern, model))
    .map(([, allowed]) => allowed)
  return [
    ...(isOffline || fitting.some((each) => each.network === network) ? [] : [`network: ${network}`]),
    ...(writable.length === 0 || fitting.some((each) => each.writable === true)
      ? []
      : [`writable: ${writable.join(', ')}`]),
    ...(isUsual || fitting.some((each) => each.runtimes?.includes(runtime)) ? [] : [`runtime: ${runtime}`]),
  ]
}

/** What is asked, as a job carries it. */
export type AskedIsolation = {
  network?: string | undefined
  writable?: string[] | undefined
  runtime?: string | undefined
}

/** The policy with only those runtimes that the engine has: others could not be had of it. */
export function withinRuntimes(policy: Policy, runtimes: readonly string[]): Policy {
  const models = Object.entries(policy.models).map(([pattern, { runtimes: named, ...allowed }]) => [
    pattern,
    named === undefined ? allowed : { ...allowed, runtimes: named.filter((each) => runtimes.includes(each)) },
  ])
  return { ...policy, models: Object.fromEntries(models) }
}

/** Whether the pattern fits `name@version`; one without @ says nothing of the version. */
function fitsPattern(pattern: string, model: string): boolean {
  const text = pattern.includes('@') ? model : model.replace(/@.*$/, '')
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
