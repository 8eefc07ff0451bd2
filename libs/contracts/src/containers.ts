/** Labels that every run's container carries; a worker touches only those of its own installation and name (H18). */
export const labels = {
  installation: 'carya.installation',
  worker: 'carya.worker',
  run: 'carya.run',
  attempt: 'carya.attempt',
  nonce: 'carya.nonce',
} as const

/** An image may carry its model's manifest: the text of `model.yaml`, whose `image` may be left out. */
export const MANIFEST_LABEL = 'carya.manifest'

/** Where things are inside a model's container. */
export const inside = {
  params: '/carya/params.json',
  inputs: '/carya/inputs',
  outputs: '/carya/outputs',
  metrics: 'metrics.json',
} as const

/** What the contract and the reports allow at most. */
export const limits = {
  requestBytes: 2 ** 20,
  metricsBytes: 64 * 1024,
  logTailBytes: 8 * 1024,
  outputsListed: 1000,
  tailBytes: 64 * 1024,
  /** engines refuse a container with less */
  leastMemoryBytes: 6 * 2 ** 20,
} as const
