/** Since when this dispatcher has heard the broker without a gap: lease time counts only from there on. */
import type { Broker } from '@carya/amqp'

export type Listening = { since: () => number | undefined }

export function listening(broker: Broker, now: () => number): Listening {
  let since: number | undefined
  const look = () => {
    if (broker.state().consume === 'down') since = undefined
    else since ??= now()
  }
  broker.onChange(look)
  look()
  return { since: () => since }
}
