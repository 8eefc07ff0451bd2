/** Nothing more is sent or received: the broker, publisher or consumer was disposed of. */
export class BrokerClosed extends Error {
  readonly code = 'BROKER_CLOSED'
  override readonly name = 'BrokerClosed'

  constructor(message = 'the connection to the broker was closed by us') {
    super(message)
  }
}

/** No queue takes this message: it was published `mandatory` and the broker gave it back. */
export class MessageReturned extends Error {
  readonly code = 'MESSAGE_RETURNED'
  override readonly name = 'MessageReturned'
  readonly replyCode: number
  readonly replyText: string

  constructor(exchange: string, routingKey: string, replyCode: number, replyText: string) {
    super(`no queue for key "${routingKey}" of exchange "${exchange}": ${replyCode} ${replyText}`)
    this.replyCode = replyCode
    this.replyText = replyText
  }
}

/** At least one queue would not have this message (it is full, say); other queues may have taken it. */
export class MessageNacked extends Error {
  readonly code = 'MESSAGE_NACKED'
  override readonly name = 'MessageNacked'

  constructor(exchange: string, routingKey: string) {
    super(`the broker refused a message with key "${routingKey}" for exchange "${exchange}"`)
  }
}

/** This message can never be published as it is: too large, a false user id, no permission, not encodable. */
export class MessageRefused extends Error {
  readonly code = 'MESSAGE_REFUSED'
  override readonly name = 'MessageRefused'
  /** AMQP's reply code where the broker refused it; absent where it could not even be encoded. */
  readonly replyCode: number | undefined

  constructor(message: string, replyCode?: number, cause?: unknown) {
    super(message, { cause })
    this.replyCode = replyCode
  }
}

/** A channel has ended; with a `replyCode` if the broker closed that channel alone, because of what was done on it. */
export class ChannelLost extends Error {
  readonly code = 'CHANNEL_LOST'
  override readonly name = 'ChannelLost'
  readonly replyCode: number | undefined

  constructor(message: string, replyCode?: number) {
    super(message)
    this.replyCode = replyCode
  }
}

/** AMQP's reply code carried by an error of amqplib (404 not found, 406 precondition failed, …), if any. */
export function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const code = error instanceof ChannelLost ? error.replyCode : 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}
