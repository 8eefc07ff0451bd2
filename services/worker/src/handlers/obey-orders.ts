/**
 * Does what the dispatcher orders. Orders come with the answer to every heartbeat, for each attempt it listed, and by
 * themselves when something is urgent; obeying one twice, or late, is harmless. One for an attempt that is not held
 * says nothing: the next heartbeat does not list it.
 */
import type { Order, Orders, Token } from '@carya/contracts'
import { phaseOf } from '../domain/attempt.ts'
import type { Clock, Reports } from '../ports.ts'
import type { Heart } from './beat.ts'
import type { Finish } from './finish-attempt.ts'
import type { Held, Holdings } from './held.ts'
import type { ResolveImage } from './resolve-image.ts'
import type { RunAttempt } from './run-attempt.ts'
import type { Standing } from './standing.ts'
import { tailAttempt } from './tail-logs.ts'
import { claimOf } from './take-job.ts'
import type { TellHeld } from './tell-held.ts'

export type ObeyParts = {
  worker: string
  holdings: Holdings
  attempts: RunAttempt
  finish: Finish
  reports: Reports
  clock: Clock
  resolve: ResolveImage
  tellHeld: TellHeld
  standing: Standing
  heart: Heart
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void }
}

export function obeyOrders(parts: ObeyParts): (orders: Orders) => void {
  const { holdings, attempts, log } = parts

  const keep = (held: Held, isUnknown: boolean): void => {
    const phase = phaseOf(held.state)
    const said: Promise<unknown>[] = []
    if (isUnknown) said.push(parts.tellHeld(held))
    if (phase === 'finished') said.push(parts.finish.repeat(held))
    // one that no record knows is granted when its record has been made again
    if (phase === 'claimed' && !isUnknown)
      said.push(parts.reports.publish(claimOf(held.token, parts.worker, parts.clock.now())))
    Promise.all(said).catch((err: unknown) => log.error({ err, ...held.token }, 'failed'))
  }

  const obey = (order: Order): void => {
    switch (order.do) {
      case 'drain':
        if (parts.standing.drain(true)) log.info({}, 'draining: no more jobs are taken')
        return
      case 'resume':
        if (parts.standing.drain(false)) log.info({}, 'drained no longer: jobs are taken')
        return
      case 'beat':
        return parts.heart.soon()
      case 'resolve':
        parts.resolve(order).catch((err: unknown) => log.error({ err }, 'failed'))
        return
      case 'granted': {
        const held = holdings.find(tokenOf(order))
        if (!held) return
        held.lease = order.lease
        return attempts.tell(held, { type: 'granted' })
      }
      case 'refused':
        return withHeld(order, (held) => {
          held.isUnused = order.unused ?? false
          attempts.tell(held, { type: 'let go' })
        })
      case 'settled':
        return withHeld(order, (held) => attempts.tell(held, { type: 'let go' }))
      case 'stop':
        return withHeld(order, (held) => attempts.tell(held, { type: 'stop', reason: order.reason }))
      case 'keep':
        return withHeld(order, (held) => keep(held, order.tell === true))
      case 'tail':
        return withHeld(order, (held) => {
          tailAttempt(held, order.from, performance.now())
          parts.heart.soon()
        })
    }
  }
  const withHeld = (order: Token, use: (held: Held) => void): void => {
    const held = holdings.find(tokenOf(order))
    if (held) use(held)
  }
  return ({ orders }) => orders.forEach(obey)
}

function tokenOf({ run, attempt, nonce }: Token): Token {
  return { run, attempt, nonce }
}
