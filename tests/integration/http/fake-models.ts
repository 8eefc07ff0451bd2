/** The stand-in's models, held in memory. */
import { badRequest, Manifest, type Model } from '@carya/contracts'
import { z } from 'zod'
import type { Api } from '../../../services/dispatcher/src/api.ts'
import { changeModel } from '../../../services/dispatcher/src/handlers/change-model.ts'
import type { ModelStore } from '../../../services/dispatcher/src/ports.ts'

const digest = `sha256:${'a'.repeat(64)}`
const Asked = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  image: z.string().optional(),
  fresh: z.boolean().optional(),
})

/** A model with the given name and parameters. */
export function model(
  name: string,
  version = '1.0.0',
  parameters: Model['manifest']['parameters'] = {},
): Model {
  const image = { name: `lab/${name}:${version}`, digest, by: 'repo' as const }
  const manifest = {
    name,
    version,
    image: image.name,
    parameters,
    inputs: {},
    outputs: {},
    metrics: {},
    resources: {},
  }
  return { v: 1, name, version, default: true, image, manifest, registeredAt: new Date().toISOString() }
}

type Known = {
  modelsKnown: Model[]
  imagesKnown: Map<string, string | undefined>
  imagesMoved: Map<string, string>
}
type ModelApi = Pick<Api, 'modelRefs' | 'model' | 'register' | 'makeDefault' | 'removeModel' | 'findImage'>

/** `known` is where they are kept; `check` throws where trouble is wanted. */
export function fakeModels(known: () => Known, check: () => void): ModelApi {
  const store = inMemory(known)
  const change = changeModel({ models: store })
  const pin = (name: string, fresh: boolean) =>
    ({ name, digest: (fresh ? known().imagesMoved.get(name) : undefined) ?? digest, by: 'repo' }) as const
  return {
    async modelRefs() {
      check()
      return store.refs()
    },
    async model(ref) {
      check()
      return store.find(ref)
    },
    async register(manifest, { isDefault, fresh }) {
      check()
      const { name, version, image } = Asked.parse(manifest)
      if (name === undefined || version === undefined)
        return { rejected: badRequest([{ path: 'name', value: null, detail: 'missing' }]) }
      const added = { ...model(name, version), default: isDefault }
      const pinned = image === undefined ? added.image : pin(image, fresh)
      const parsed = Manifest.safeParse(manifest)
      const full = parsed.success ? parsed.data : added.manifest
      return store.put({ ...added, image: pinned, manifest: full })
    },
    async makeDefault(ref) {
      check()
      return change.makeDefault(ref)
    },
    async removeModel(ref) {
      check()
      return change.remove(ref)
    },
    async findImage(body) {
      check()
      const { image = '', fresh = false } = Asked.parse(body)
      const { imagesKnown } = known()
      if (!imagesKnown.has(image))
        return { rejected: badRequest([{ path: 'image', value: image, detail: 'no such image' }]) }
      const manifest = imagesKnown.get(image)
      return { found: { image: pin(image, fresh), ...(manifest === undefined ? {} : { manifest }) } }
    },
  }
}

function inMemory(known: () => Known): ModelStore {
  const all = () => known().modelsKnown
  const keep = (models: Model[]) => void (known().modelsKnown = models)
  const is = (ref: string) => (one: Model) => ref === `${one.name}@${one.version}`
  return {
    find: async (ref) => all().find((one) => is(ref)(one) || (one.default && one.name === ref)),
    refs: async () => all().map((one) => `${one.name}@${one.version}`),
    async put(given) {
      const ref = `${given.name}@${given.version}`
      const before = all().find((one) => one.default && one.name === given.name)
      const isDefault = given.default || !before || is(ref)(before)
      const created = !all().some(is(ref))
      const rest = all().filter((one) => !is(ref)(one))
      const registered = { ...given, default: isDefault }
      keep([
        ...rest.map((one) => (isDefault && one.name === given.name ? { ...one, default: false } : one)),
        registered,
      ])
      return { model: registered, created }
    },
    async makeDefault(ref) {
      const found = all().find(is(ref))
      if (found) keep(all().map((one) => (one.name === found.name ? { ...one, default: is(ref)(one) } : one)))
      return found && { ...found, default: true }
    },
    async remove(ref) {
      const found = all().find(is(ref))
      if (!found) return undefined
      const others = all()
        .filter((one) => one.name === found.name && one !== found)
        .map((one) => `${one.name}@${one.version}`)
      if (found.default && others.length > 0) return { others }
      keep(all().filter((one) => one !== found))
      return { removed: found }
    },
  }
}
