/**
 * What ICBM's tests hold it to: its differential equations (Andrén and Kätterer 1997, Ecological Applications 7,
 * 1226–1236), integrated by steps, which know nothing of their analytic solution.
 */

export type Icbm = {
  k1: number
  k2: number
  h: number
  r: number
  input: number
  y0: number
  o0: number
  years: number
}

const rates = { k1: 0.8, k2: 0.00605 }

/** Treatments of the field experiment at Ultuna: Table 1 of the paper, as the R package SoilR gives it. */
export const treatments = {
  'bare fallow': { ...rates, h: 0.13, r: 1.32, input: 0, y0: 0.3, o0: 3.96 },
  '+N +straw': { ...rates, h: 0.125, r: 1, input: 0.285, y0: 0.3, o0: 4.11 },
  'sewage sludge': { ...rates, h: 0.34, r: 0.97, input: 0.296, y0: 0.3, o0: 4.14 },
} as const

const STEPS = 200 // a year

/** The pools and what leaves them, at the start and after each year: classic Runge-Kutta steps. */
export function integrate({ k1, k2, h, r, input, y0, o0, years }: Icbm) {
  const change = ([young, old]: Pools): Pools => [input - k1 * r * young, h * k1 * r * young - k2 * r * old]
  const along = (from: Pools, to: Pools, share: number): Pools => [
    from[0] + share * to[0],
    from[1] + share * to[1],
  ]
  const dt = 1 / STEPS
  const found = { young: [y0], old: [o0], total: [y0 + o0], respiration: [respired([y0, o0])] }
  function respired([young, old]: Pools): number {
    return (1 - h) * k1 * r * young + k2 * r * old
  }
  let pools: Pools = [y0, o0]
  for (let step = 1; step <= years * STEPS; step++) {
    const first = change(pools)
    const second = change(along(pools, first, dt / 2))
    const third = change(along(pools, second, dt / 2))
    const fourth = change(along(pools, third, dt))
    for (const [slope, share] of [
      [first, dt / 6],
      [second, dt / 3],
      [third, dt / 3],
      [fourth, dt / 6],
    ] as const)
      pools = along(pools, slope, share)
    if (step % STEPS > 0) continue
    found.young.push(pools[0])
    found.old.push(pools[1])
    found.total.push(pools[0] + pools[1])
    found.respiration.push(respired(pools))
  }
  return found
}

type Pools = [young: number, old: number]

/** Where the pools come to rest: where as much enters each as leaves it. */
export function steadyState({ k1, k2, h, r, input }: Icbm): { young: number; old: number } {
  const young = input / (k1 * r)
  return { young, old: (h * k1 * young) / k2 }
}
