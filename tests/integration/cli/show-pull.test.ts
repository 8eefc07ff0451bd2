/** How far the pull of an image is, shown while the request that needs it goes on. */
import { expect, test, vi } from 'vitest'
import { openClient } from '../../../apps/cli/src/client/client.ts'
import { showPull } from '../../../apps/cli/src/model/show-pull.ts'
import { serve, TOKEN, type Served } from '../http/setup.ts'

const clientOf = (http: Served, token = TOKEN) =>
  openClient({ api: new URL(http.url), token, source: 'a test' })

function recorded() {
  const said: string[] = []
  return { said, step: { update: (text: string) => void said.push(text), done: () => {}, fail: () => {} } }
}

test('the step says what the service tells of it, until the request is answered', async () => {
  await using http = await serve()
  const { said, step } = recorded()
  const work = Promise.withResolvers<string>()
  const shown = showPull(clientOf(http), 'lab/pond:1', step, () => work.promise)
  await vi.waitFor(() => expect(http.api.feeds).toEqual([{ image: 'lab/pond:1' }]))
  const pull = { kind: 'image', image: 'lab/pond:1', worker: 'w1' } as const
  for (const how of ['', '5 % of 1.2 GiB', '\u001b[2J34 %']) http.api.tell({ ...pull, how })
  http.api.tell(pull)
  await vi.waitFor(() => expect(said).toHaveLength(3))
  work.resolve('done')
  expect(await shown).toBe('done')
  http.api.tell({ ...pull, how: 'too late' })
  expect(said.slice(0, 2)).toEqual(['w1 pulls it', 'w1 pulls it: 5 % of 1.2 GiB'])
  expect(said[2]).not.toContain('\u001b')
  expect(said).toHaveLength(3)
})

test('that nothing can be heard of it is no failure, and one of the request is', async () => {
  await using http = await serve()
  const { said, step } = recorded()
  const unheard = showPull(clientOf(http, 'no token of theirs'), 'lab/pond:1', step, async () => 'done')
  expect(await unheard).toBe('done')
  const failing = showPull(clientOf(http), 'lab/pond:1', step, () =>
    Promise.reject(new Error('no such image')),
  )
  await expect(failing).rejects.toThrow('no such image')
  expect(said).toEqual([])
})
