/** Parameter sets over the ranges a manifest documents: an even spread, and the corners that hurt most. */
import type { Manifest } from '@carya/contracts'

type Sample = Record<string, number>

function ranges(manifest: Manifest): [string, number, number][] {
  return Object.entries(manifest.parameters).map(([name, { range }]) => {
    if (!range) throw new Error(`${name} has no range`)
    return [name, range[0], range[1]]
  })
}

/** A Latin hypercube: each parameter takes each of `count` equal parts of its range once. The same for a seed. */
export function latinHypercube(manifest: Manifest, count: number, seed: number): Sample[] {
  const random = minimalStandard(seed)
  const samples: Sample[] = Array.from({ length: count }, () => ({}))
  for (const [name, low, high] of ranges(manifest)) {
    const parts = shuffled([...samples.keys()], random)
    for (const [i, sample] of samples.entries())
      sample[name] = low + ((high - low) * ((parts[i] ?? 0) + random())) / count
  }
  return samples
}

/** The corner where the named parameters have their lowest values and all others their highest. */
export function corner(manifest: Manifest, lowest: readonly string[]): Sample {
  return Object.fromEntries(
    ranges(manifest).map(([name, low, high]) => [name, lowest.includes(name) ? low : high]),
  )
}

/** Even numbers in [0, 1): the minimal standard generator of Park and Miller, which needs a seed above 0. */
function minimalStandard(seed: number): () => number {
  const modulus = 2_147_483_647
  let state = seed
  return () => {
    state = (state * 48_271) % modulus
    return (state - 1) / (modulus - 1)
  }
}

function shuffled(items: readonly number[], random: () => number): number[] {
  const mixed = [...items]
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[mixed[i], mixed[j]] = [mixed[j] ?? 0, mixed[i] ?? 0]
  }
  return mixed
}
