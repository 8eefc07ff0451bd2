import type { AttemptView, OutputList, RunView } from '@carya/contracts'
import { operations } from '@carya/contracts/operations'
import type { Store } from '@carya/store'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { sendFile } from '../byte-range.ts'
import { mount } from '../mount.ts'
import { page } from '../page.ts'
import { placedIn } from '../placed.ts'
import { refuse } from '../refusal.ts'
import { noRun } from './runs.ts'

/** Files of an attempt that can be listed; `total` counts on. */
const MOST_FILES = 20_000

/**
 * Logs and outputs of any attempt, of the latest where none is named: a report counts only from the current attempt,
 * so of a succeeded run the latest is the winner. Everything there was written by programs nobody vouches for.
 */
export function mountOutputs(app: FastifyInstance, api: Api, store: Store): void {
  mount(app, operations.readLog, async (call) => {
    const run = await find(api, call.params.id)
    const attempt = attemptOf(run, call.query.attempt)
    const absent = `Attempt ${attempt.attempt} of ${run.id} (${run.state}) has no log in the store`
    return sendFile(call, store, `${folderOf(store, run, attempt)}/log.txt`, {
      type: 'text/plain; charset=utf-8',
      absent,
    })
  })

  mount(app, operations.readProvenance, async (call) => {
    const run = await find(api, call.params.id)
    const attempt = attemptOf(run, call.query.attempt)
    const absent = `Attempt ${attempt.attempt} of ${run.id} (${run.state}) has no run.json in the store`
    const path = `${folderOf(store, run, attempt)}/run.json`
    return sendFile(call, store, path, { type: 'application/json; charset=utf-8', absent })
  })

  mount(app, operations.listOutputs, async ({ params, query }): Promise<OutputList> => {
    const run = await find(api, params.id)
    const attempt = attemptOf(run, query.attempt)
    const folder = folderOf(store, run, attempt)
    const leaveOut = await placedIn(store, folder)
    const { files, total, notes } = await store.list(`${folder}/outputs`, MOST_FILES, { leaveOut })
    const hashes = attempt === run.attempts.at(-1) ? hashesOf(run) : new Map<string, string>()
    const rows = files.map((file) => ({
      ...file,
      ...sha256Of(hashes, file),
      url: urlOf(run.id, file.name, query.attempt),
    }))
    const listed = page(rows, (file) => file.name, query)
    return {
      attempt: attempt.attempt,
      ...(attempt.failure ? { failure: attempt.failure } : {}),
      ...listed,
      total,
      ...(notes.length === 0 ? {} : { notes }),
    }
  })

  mount(app, operations.readOutput, async (call) => {
    const name = call.params['*']
    const run = await find(api, call.params.id)
    const folder = folderOf(store, run, attemptOf(run, call.query.attempt))
    const absent = `${run.id} (${run.state}) has no output of this name`
    if (!isPlain(name)) throw refuse(404, 'not-found', 'There is no such file', absent)
    return sendFile(call, store, `${folder}/outputs/${name}`, { absent, name })
  })
}

/** As the worker found them; a file that was changed since mostly has another size. */
function hashesOf({ outputs = [] }: RunView): Map<string, string> {
  return new Map(
    outputs.flatMap(({ name, bytes, sha256 }) =>
      sha256 === undefined ? [] : [[`${bytes} ${name}`, sha256]],
    ),
  )
}

function sha256Of(hashes: ReadonlyMap<string, string>, { name, bytes }: { name: string; bytes: number }) {
  const sha256 = hashes.get(`${bytes} ${name}`)
  return sha256 === undefined ? {} : { sha256 }
}

/** Whether a name stays where it is put: the store keeps it inside its root, this inside the attempt's outputs. */
export function isPlain(name: string): boolean {
  const steps = name.split('/')
  return !name.includes('\0') && steps.every((step) => step !== '' && step !== '.' && step !== '..')
}

async function find(api: Api, id: string): Promise<RunView> {
  return (await api.run(id)) ?? noRun(id)
}

function attemptOf(run: RunView, number?: number): AttemptView {
  const found =
    number === undefined ? run.attempts.at(-1) : run.attempts.find((one) => one.attempt === number)
  if (found) return found
  const what =
    number === undefined ? `${run.id} is ${run.state} and had no attempt yet` : `no attempt ${number}`
  throw refuse(404, 'no-such-attempt', 'There is no such attempt', what)
}

function folderOf(store: Store, run: RunView, { attempt, nonce }: AttemptView): string {
  return store.attempt({ run: run.id, attempt, nonce, ensemble: run.ensemble, index: run.index }).folder
}

function urlOf(run: string, name: string, attempt: number | undefined): string {
  const which = attempt === undefined ? '' : `?attempt=${attempt}`
  return `/v1/runs/${run}/outputs/${name.split('/').map(encodeURIComponent).join('/')}${which}`
}
