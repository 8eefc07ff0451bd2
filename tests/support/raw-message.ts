/** A message with properties as no client library would write them, byte for byte. */
import type { Channel, ChannelModel } from 'amqplib'
import { Duplex } from 'node:stream'

export type RawProperties = {
  /** a field table, without its length */
  headers?: Buffer
  correlationId?: Buffer
  replyTo?: Buffer
  messageId?: Buffer
  timestamp?: bigint
  userId?: Buffer
}

const FRAME_END = 0xce
const [METHOD, HEADER, BODY] = [1, 2, 3]

/** Publishes on a channel that is not in confirm mode. */
export function publishRaw(
  model: ChannelModel,
  channel: Channel,
  exchange: string,
  body: Buffer,
  properties: RawProperties,
): void {
  const stream: unknown = Reflect.get(model.connection, 'stream')
  if (!(stream instanceof Duplex)) throw new Error('amqplib keeps its socket elsewhere')
  const number = Number(Reflect.get(channel, 'ch'))
  const basic = [u16(60), u16(40), u16(0), short(Buffer.from(exchange)), short(Buffer.alloc(0)), u8(0)]
  const header = [u16(60), u16(0), u64(BigInt(body.length)), listOf(properties)]
  const content = body.length === 0 ? [] : [frame(BODY, number, body)]
  stream.write(
    Buffer.concat([
      frame(METHOD, number, Buffer.concat(basic)),
      frame(HEADER, number, Buffer.concat(header)),
      ...content,
    ]),
  )
}

/** A field table that holds a table, that holds a table, so many times. */
export function nestedTable(levels: number): Buffer {
  const head = (length: number) => Buffer.concat([short(Buffer.from('t')), Buffer.from('F'), u32(length)])
  const size = head(0).length
  return Buffer.concat(Array.from({ length: levels }, (_, level) => head((levels - 1 - level) * size)))
}

/** Flags, and then what they announce, in the order of the specification. */
function listOf({ headers, correlationId, replyTo, messageId, timestamp, userId }: RawProperties): Buffer {
  const parts: [bit: number, bytes: Buffer | undefined][] = [
    [13, headers && Buffer.concat([u32(headers.length), headers])],
    [10, correlationId && short(correlationId)],
    [9, replyTo && short(replyTo)],
    [7, messageId && short(messageId)],
    [6, timestamp === undefined ? undefined : u64(timestamp)],
    [4, userId && short(userId)],
  ]
  const given = parts.filter(([, bytes]) => bytes !== undefined)
  const flags = given.reduce((sum, [bit]) => sum | (1 << bit), 0)
  return Buffer.concat([u16(flags), ...given.map(([, bytes]) => bytes ?? Buffer.alloc(0))])
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  return Buffer.concat([u8(type), u16(channel), u32(payload.length), payload, u8(FRAME_END)])
}

const short = (bytes: Buffer) => Buffer.concat([u8(bytes.length), bytes])
const u8 = (value: number) => Buffer.from([value])
const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
