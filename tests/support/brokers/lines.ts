/**
 * The lines of RabbitMQ that users run and that differ in ways that lose messages, each as one release of Debian has
 * it. sid's moves: it must be the newest line or a later one, or this list is out of date.
 */
export type BrokerLine = { line: string; suite: string; image: string; accepts: (version: string) => boolean }

const startsWith = (line: string) => (version: string) => version.startsWith(`${line}.`)

/** Whether a version is of this line or a later one. */
export function atLeast(line: string): (version: string) => boolean {
  const [major = 0, minor = 0] = line.split('.').map(Number)
  return (version) => {
    const [itsMajor = 0, itsMinor = 0] = version.split('.').map(Number)
    return itsMajor > major || (itsMajor === major && itsMinor >= minor)
  }
}

export const brokerLines: readonly BrokerLine[] = [
  { line: '3.10', suite: 'bookworm', image: 'carya/rabbitmq:3.10', accepts: startsWith('3.10') },
  { line: '4.0', suite: 'trixie', image: 'carya/rabbitmq:4.0', accepts: startsWith('4.0') },
  { line: '4.3', suite: 'sid', image: 'carya/rabbitmq:4.3', accepts: atLeast('4.3') },
]

/** The line of this name; throws where there is none. */
export function brokerLine(wanted: string): BrokerLine {
  const found = brokerLines.find(({ line }) => line === wanted)
  if (found) return found
  throw new Error(`no line ${wanted}; there are ${brokerLines.map(({ line }) => line).join(', ')}`)
}
