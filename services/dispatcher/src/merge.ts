/** Several endless iterations as one, in the order their items come; ends at the signal or with the first error. */
export async function* merge<T>(
  sources: readonly AsyncGenerator<T>[],
  signal: AbortSignal,
): AsyncGenerator<T> {
  const pending = new Map(sources.map((source) => [source, advance(source)]))
  try {
    while (pending.size > 0 && !signal.aborted) {
      const { source, result } = await Promise.race(pending.values())
      if (result.done) {
        pending.delete(source)
        continue
      }
      pending.set(source, advance(source))
      yield result.value
    }
  } finally {
    for (const left of pending.values()) left.catch(() => undefined)
  }
}

async function advance<T>(source: AsyncGenerator<T>) {
  return { source, result: await source.next() }
}
