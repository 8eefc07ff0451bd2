import type { StoredFile } from '@carya/contracts'
import { operations } from '@carya/contracts/operations'
import { StoreError, type Store } from '@carya/store'
import type { FastifyInstance } from 'fastify'
import { takeBytes } from '../body.ts'
import { sendFile } from '../byte-range.ts'
import { mount } from '../mount.ts'
import { refuse } from '../refusal.ts'

/** Uploads, streamed into the store, and back; `limit` is the largest in bytes. The one place that takes no JSON. */
export async function mountFiles(
  app: FastifyInstance,
  { store, limit }: { store: Store; limit: number },
): Promise<void> {
  mount(app, operations.readFile, async (call) => {
    const { sha256 } = call.params
    return sendFile(call, store, store.contentPath(sha256), { absent: `Nothing is stored as ${sha256}` })
  })
  await app.register(async (files: FastifyInstance) => {
    takeBytes(files)
    mount(files, operations.storeFile, async ({ request, reply }) => {
      const announced = Number(request.headers['content-length'] ?? 0)
      if (request.body === undefined)
        throw refuse(400, 'bad-request', 'There is no body', 'Send the file as application/octet-stream')
      if (announced > limit) throw tooLarge(limit)
      try {
        const { sha256, bytes } = await store.put(request.raw, { limit })
        return await reply
          .code(201)
          .send({ url: `store:sha256/${sha256}`, sha256, bytes } satisfies StoredFile)
      } catch (error) {
        if (error instanceof StoreError && error.code === 'too_large') throw tooLarge(limit)
        throw error
      }
    })
  })
}

function tooLarge(limit: number) {
  return refuse(413, 'too-large', 'The file is too large', `An upload is at most ${limit} bytes`, {
    connection: 'close',
  })
}
