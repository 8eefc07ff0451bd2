/** Reads server-sent events from bytes, as WHATWG's HTML describes them, as far as our server uses it. */

export type ServerEvent = { id?: string; data: string }

/** Each event of the stream; comments are passed over, an event that is cut off at the end is dropped. */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  let lines: string[] = []
  for await (const chunk of bytes) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const line = part.endsWith('\r') ? part.slice(0, -1) : part
      if (line !== '') {
        lines.push(line)
        continue
      }
      const event = eventOf(lines)
      lines = []
      if (event) yield event
    }
  }
}

function eventOf(lines: readonly string[]): ServerEvent | undefined {
  const fields = (name: string) =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
  const data = fields('data')
  const id = fields('id').at(-1)
  if (data.length === 0) return undefined
  return { ...(id === undefined ? {} : { id }), data: data.join('\n') }
}
