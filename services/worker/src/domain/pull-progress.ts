/** How far a pull is: the layers of the image, summed from what the engine says line by line. */

/** A line of the engine's. `id` is a layer's, or the tag where it says what is pulled. Engines from 29 on have no `error`. */
export type PullLine = {
  status?: string
  id?: string
  progressDetail?: { current?: number; total?: number }
  errorDetail?: { message?: string }
  error?: string
}

/** What the engine says went wrong, if the line is about that. */
export function errorIn({ error, errorDetail }: PullLine): string | undefined {
  return errorDetail?.message ?? error
}

/** Bytes as they are in the registry; how many there are in all is known from when they begin to come. */
type Layer = { is: 'waiting' | 'coming' | 'here'; done: number; total?: number }
export type Layers = ReadonlyMap<string, Layer>

export const noLayers: Layers = new Map()

/** What is known after one more line; the same where it says nothing of a layer. */
export function withLine(layers: Layers, { status = '', id, progressDetail }: PullLine): Layers {
  if (id === undefined) return layers
  const next = layerAfter(layers.get(id), status, progressDetail ?? {})
  return next === undefined ? layers : new Map(layers).set(id, next)
}

function layerAfter(
  before: Layer | undefined,
  status: string,
  { current = 0, total }: NonNullable<PullLine['progressDetail']>,
): Layer | undefined {
  switch (status) {
    case 'Pulling fs layer':
    case 'Waiting':
      return before ?? { is: 'waiting', done: 0 }
    case 'Downloading':
      return { is: 'coming', done: current, ...(total === undefined || total <= 0 ? {} : { total }) }
    case 'Download complete':
    case 'Verifying Checksum':
    case 'Extracting':
    case 'Pull complete':
      return whole(before)
    case 'Already exists':
      return { is: 'here', done: 0, total: 0 }
    default:
      return undefined
  }
}

function whole(before: Layer = { is: 'here', done: 0 }): Layer {
  const total = before.total ?? before.done
  return { is: 'here', done: total, total }
}

/** `34 % of 1.2 GiB`; nothing, as long as nothing can be said. */
export function howFar(layers: Layers): string {
  const all = [...layers.values()]
  const total = all.reduce((sum, layer) => sum + (layer.total ?? layer.done), 0)
  if (total === 0) return ''
  if (all.every(({ is }) => is === 'here')) return `unpacks ${sizeText(total)}`
  const done = all.reduce((sum, layer) => sum + layer.done, 0)
  const isMore = all.some((layer) => layer.total === undefined)
  return `${Math.floor((100 * done) / total)} % of ${isMore ? 'at least ' : ''}${sizeText(total)}`
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB']

function sizeText(bytes: number): string {
  let size = bytes / 1024
  let unit = 0
  for (; size >= 1000 && unit < UNITS.length - 1; unit += 1) size /= 1024
  return `${size.toFixed(size < 10 ? 1 : 0)} ${UNITS[unit]}`
}
