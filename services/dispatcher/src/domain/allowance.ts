/** Which workers' hosts allow what a model asks beyond the isolation that all have. */
import { refusedBy, type AskedIsolation, type PolicyTold } from '@carya/contracts'
import type { RunRecord } from './record.ts'

/** A model as `name@version`, and what its manifest asks. */
export type Ask = { model: string; isolation: AskedIsolation }

type Host = { worker: string; policy?: PolicyTold | undefined }

/** Empty for most: they ask nothing. */
export function asksOf({ model, setup }: Pick<RunRecord, 'model' | 'setup'>): Ask[] {
  return setup?.isolation ? [{ model, isolation: setup.isolation }] : []
}

/** What of all of it the host does not allow, in words; empty where it allows all. */
export function refusedAt({ policy }: Pick<Host, 'policy'>, asks: readonly Ask[] = []): string[] {
  return [...new Set(asks.flatMap(({ model, isolation }) => refusedBy(policy, model, isolation)))]
}

/** Whether the host allows all of it. */
export function isAllowedAt(host: Pick<Host, 'policy'>, asks?: readonly Ask[]): boolean {
  return refusedAt(host, asks).length === 0
}

/** Whether a host of these allows it; what is asked alike, as by members of an ensemble, is looked up once. */
export function allowanceOf(hosts: readonly Host[]): (worker: string, asks: readonly Ask[]) => boolean {
  const known = new Map<string, ReadonlySet<string>>()
  return (worker, asks) => {
    const key = JSON.stringify(asks)
    const before = known.get(key)
    if (before) return before.has(worker)
    const allowing = new Set(hosts.filter((host) => isAllowedAt(host, asks)).map((host) => host.worker))
    known.set(key, allowing)
    return allowing.has(worker)
  }
}
