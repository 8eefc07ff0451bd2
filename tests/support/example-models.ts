/** The example models of `models/` on a stack of their own: images built, manifests registered, runs made. */
import { Manifest, type RunView } from '@carya/contracts'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { buildImage, imageSource } from '../../apps/cli/src/stack/build-image.ts'
import { hashSources, sourceFiles } from '../../apps/cli/src/stack/source-hash.ts'
import { apiOf, type CallApi } from './api.ts'
import { ensureBase } from './base-image.ts'
import { engine } from './engine.ts'
import { install, type Installation } from './stack.ts'
import { until } from './until.ts'

/** The folder of an example model: `icbm/1.0.0`. */
export const folderOf = (name: string): string =>
  fileURLToPath(new URL(`../../models/${name}`, import.meta.url))

/** Its manifest; files beside it that its example takes are named by their URLs. */
export async function manifestOf(name: string): Promise<Manifest> {
  const manifest = parse(await readFile(join(folderOf(name), 'model.yaml'), 'utf8'))
  const inputs: Record<string, string> | undefined = manifest.test?.inputs
  for (const [input, file] of Object.entries(inputs ?? {}))
    manifest.test.inputs[input] = pathToFileURL(join(folderOf(name), file)).href
  // what outputs are compared with is brought by the command line alone
  delete manifest.test?.outputs
  return Manifest.parse(manifest)
}

/** Builds a model's image on the base that its Dockerfile names, unless the one that is there is of the same files. */
export async function buildModel(name: string): Promise<Manifest> {
  const [context, manifest, docker] = [folderOf(name), await manifestOf(name), engine()]
  const dockerfile = await readFile(join(context, 'Dockerfile'), 'utf8')
  const suite = /^ARG BASE=debian:(\w+)-slim$/m.exec(dockerfile)?.[1]
  if (suite === undefined) throw new Error(`${name}: its Dockerfile has no ARG BASE of Debian`)
  const inFolder = (await readdir(context)).filter((file) => !/\.(md|ts|yaml)$|^test$/.test(file))
  const source = await hashSources(context, await sourceFiles(context, inFolder, () => false))
  if ((await imageSource(docker, manifest.image)) === source) return manifest
  const base = await ensureBase(docker, suite)
  await buildImage(docker, { context, tags: [manifest.image], source, args: { BASE: base } }, () => {})
  return manifest
}

export type Outcome = { view: RunView; output(name: string): Promise<string> }

export type ExampleStack = AsyncDisposable & {
  installation: Installation
  call: CallApi
  register(manifest: object): Promise<void>
  /** Puts a text into the store; its URL. */
  upload(text: string): Promise<string>
  submit(request: { model: string } & Record<string, unknown>): Promise<string>
  /** The run, when it has ended, however that was. */
  ended(id: string): Promise<Outcome>
}

/** A dispatcher and a worker with so many CPUs, and these models built and registered. */
export async function exampleStack(names: readonly string[], cpus = 4): Promise<ExampleStack> {
  const manifests = []
  for (const name of names) manifests.push(await buildModel(name))
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await install())
  const call = apiOf((await installation.dispatcher()).api, installation.token)
  await installation.worker('w1', { CARYA_WORKER_CPUS: String(cpus) })
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)

  const made = async (method: string, path: string, body: object): Promise<Record<string, unknown>> => {
    const { status, text } = await call(method, path, body)
    if (status !== 201) throw new Error(`${method} ${path}: HTTP ${status}: ${text}`)
    return JSON.parse(text)
  }
  const register = async (manifest: object) => void (await made('PUT', '/v1/models', manifest))
  for (const manifest of manifests) await register(manifest)
  const running = stack.move()
  return {
    installation,
    call,
    register,
    upload: async (text) => String((await made('PUT', '/v1/files', Buffer.from(text)))['url']),
    submit: async (request) => String((await made('POST', '/v1/runs', { kind: 'run', ...request }))['id']),
    async ended(id) {
      const view = await until(`${id} has ended`, async () => {
        const { body } = await call('GET', `/v1/runs/${id}`)
        return body.endedAt === undefined ? undefined : body
      })
      return {
        view,
        async output(name) {
          const { status, text } = await call('GET', `/v1/runs/${id}/outputs/${name}`)
          if (status !== 200) throw new Error(`${name}: HTTP ${status}: ${text}`)
          return text
        },
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Columns of numbers by name, of a CSV file with a header. */
export function columnsOf(csv: string): Record<string, number[]> {
  const [header = '', ...lines] = csv.trimEnd().split('\n')
  const rows = lines.map((line) => line.split(',').map(Number))
  return Object.fromEntries(header.split(',').map((name, at) => [name, rows.map((row) => row[at] ?? NaN)]))
}
