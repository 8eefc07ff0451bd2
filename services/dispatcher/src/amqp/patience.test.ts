import { MessageNacked, MessageRefused, type Delivery } from '@carya/amqp'
import { expect, test } from 'vitest'
import { patiently, type Handle } from './patience.ts'

const delivery = (): Delivery => ({
  body: Buffer.alloc(0),
  exchange: '',
  routingKey: '',
  redelivered: false,
  deliveryCount: 0,
  properties: {},
  userId: undefined,
})
const away = new Error('away')
const handling = (err: unknown, giveUp: Handle = async () => 'ack') =>
  patiently(
    async () => {
      throw err
    },
    { isAway: (each) => each === away, giveUp },
  )
const outcomes = async (handle: Handle, of: Delivery, tries: number) => {
  const seen: unknown[] = []
  for (let i = 0; i < tries; i += 1) seen.push(await handle(of).catch((err: unknown) => err))
  return seen
}

test('what a message alone causes is tried five times, and then given up', async () => {
  const bug = new RangeError('too deep')
  const handle = handling(bug)
  const [one, other] = [delivery(), delivery()]
  expect(await outcomes(handle, one, 5)).toEqual([bug, bug, bug, bug, 'ack'])
  // each for itself
  expect(await outcomes(handle, other, 1)).toEqual([bug])
  expect(await outcomes(handling(new MessageRefused('cannot be encoded')), one, 5)).toContain('ack')
})

test('while a part is away, or the broker or the system does not do its work, it is held for as long', async () => {
  const hangsUp = Object.assign(new Error('read ECONNRESET'), { syscall: 'read' })
  for (const err of [away, new MessageNacked('x', 'k'), new MessageRefused('no permission', 403), hangsUp])
    expect(new Set(await outcomes(handling(err), delivery(), 20))).toEqual(new Set([err]))
})

test('what cannot be given up either is given up later', async () => {
  let isUp = false
  const handle = handling(new Error('bug'), async () => {
    if (!isUp) throw away
    return 'ack'
  })
  const one = delivery()
  expect(await outcomes(handle, one, 6)).not.toContain('ack')
  isUp = true
  expect(await outcomes(handle, one, 1)).toEqual(['ack'])
})
