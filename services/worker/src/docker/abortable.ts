/** Lets a call to the engine be given up: docker-modem alone waits for ever for an answer that was cut off in its middle. */
import type Docker from 'dockerode'

/**
 * The client for one call: when the signal aborts, what was asked is cut off and rejects with the signal's reason. A
 * signal that the call is given itself cuts it off too.
 */
export function abortable(docker: Docker, signal: AbortSignal): Docker {
  const { modem } = docker
  const dial: typeof modem.dial = (options, callback) => {
    let isSettled = false
    const settle: typeof callback = (error, answer) => {
      if (isSettled) return
      isSettled = true
      signal.removeEventListener('abort', giveUp)
      callback?.(error, answer)
    }
    const giveUp = () => settle(signal.reason, null)
    signal.addEventListener('abort', giveUp, { once: true })
    const own = options.abortSignal
    modem.dial({ ...options, abortSignal: own ? AbortSignal.any([own, signal]) : signal }, settle)
  }
  const own: Docker = Object.create(docker)
  own.modem = Object.assign(Object.create(modem), { dial })
  return own
}
