/** Bytes of a message to JSON, or the problem that names what is wrong with them. */
import { badRequest, isTooDeep, MOST_LEVELS, type Problem } from '@carya/contracts'
import type { Delivery } from '@carya/amqp'

export function decode(delivery: Delivery, mostBytes: number): { body: unknown } | { rejected: Problem } {
  const { body, properties } = delivery
  if (body.length > mostBytes)
    return wrong(
      'body',
      `${body.length} bytes`,
      `at most ${mostBytes} bytes: larger data go by URL, as an input`,
    )
  const encoding = properties.contentEncoding
  if (encoding !== undefined && !/^(utf-?8|identity|)$/i.test(encoding))
    return wrong('content_encoding', encoding, 'UTF-8, not compressed')
  const type = properties.contentType
  if (
    type !== undefined &&
    !/^(application\/([a-z0-9.+-]+\+)?json|text\/plain|application\/octet-stream)\s*(;|$)/i.test(type)
  )
    return wrong('content_type', type, 'application/json')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return wrong('body', body.subarray(0, 40).toString('latin1'), 'JSON in UTF-8: these bytes are not UTF-8')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (err) {
    return wrong('body', text.slice(0, 80), `JSON: ${err instanceof Error ? err.message : 'not readable'}`)
  }
  if (isTooDeep(value))
    return wrong('body', text.slice(0, 80), `JSON of at most ${MOST_LEVELS} levels of objects and lists`)
  return { body: value }
}

function wrong(path: string, value: string, detail: string): { rejected: Problem } {
  return { rejected: badRequest([{ path, value, detail }]) }
}
