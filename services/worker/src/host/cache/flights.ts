/** Work that several want at once is done once, for all of them; it is given up when the last has left. */
import { setMaxListeners } from 'node:events'

export type Flights<T> = {
  /**
   * What `start` gives, or what one that is under way under the same key will give. Rejects with the signal's reason
   * as soon as it aborts, whatever becomes of the others.
   */
  join(key: string, start: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>
}

type Flight<T> = { result: Promise<T>; aboard: number; stop: AbortController }

export function openFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>()

  const begin = (key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const stop = new AbortController()
    setMaxListeners(0, stop.signal)
    const flight: Flight<T> = { result: start(stop.signal), aboard: 0, stop }
    flights.set(key, flight)
    const over = (): void => end(key, flight)
    flight.result.then(over, over)
    return flight
  }
  const end = (key: string, flight: Flight<T>): void => {
    if (flights.get(key) === flight) flights.delete(key)
  }
  return {
    join(key, start, signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      const flight = flights.get(key) ?? begin(key, start)
      flight.aboard += 1
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const leave = (): void => {
        flight.aboard -= 1
        if (flight.aboard === 0) {
          end(key, flight) // whoever comes now begins anew
          flight.stop.abort(signal.reason)
        }
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      flight.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
      return promise
    },
  }
}
