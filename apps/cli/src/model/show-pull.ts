/** Shows how far the pull of an image is, which a worker looks up for a request that may take minutes. */
import type { FeedItem } from '@carya/contracts'
import { readEvents } from '../client/event-stream.ts'
import { pathOf, type Client } from '../client/client.ts'
import type { Step } from '../terminal/progress.ts'
import { printable } from '../terminal/text.ts'

/** What `work` gives, while the step says what is heard of the pull. That nothing is heard is no failure. */
export async function showPull<T>(
  client: Client,
  image: string,
  step: Step,
  work: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const shown = follow(client, image, step, stop.signal).catch(() => undefined)
  try {
    return await work()
  } finally {
    stop.abort()
    // nothing may be drawn once the step has ended
    await shown
  }
}

async function follow(client: Client, image: string, step: Step, signal: AbortSignal): Promise<void> {
  const stream = await client.stream(pathOf('/v1/events', { image }), { signal })
  try {
    for await (const { data } of readEvents(stream!)) {
      const item: FeedItem = JSON.parse(data)
      if (signal.aborted) return
      if (item.kind === 'image' && item.how !== undefined)
        step.update(printable(`${item.worker} pulls it${item.how === '' ? '' : `: ${item.how}`}`))
    }
  } finally {
    stream?.destroy()
  }
}
