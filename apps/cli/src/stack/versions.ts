/**
 * Whether a version of RabbitMQ or Redis can read what another wrote. Asked before anything is started, since a broker
 * that finds data it cannot read may leave them half converted.
 */
export type Judgement = { readable: true } | { readable: false; why: string; advice: string }

type Series = { major: number; minor: number }

const READABLE: Judgement = { readable: true }

function series(version: string): Series {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return { major, minor }
}

const text = ({ major, minor }: Series): string => `${major}.${minor}`

/** RabbitMQ reads what its own series wrote, and what the series wrote that its upgrade guide names. */
export function judgeBroker(wrote: string, reads: string): Judgement {
  const from = series(wrote)
  const to = series(reads)
  if (from.major === to.major && from.minor === to.minor) return READABLE
  if (to.major < from.major || (to.major === from.major && to.minor < from.minor)) {
    return {
      readable: false,
      why: `the data were written by RabbitMQ ${wrote}, and ${reads} is older; an older broker cannot read them`,
      advice: `Use RabbitMQ ${text(from)} or newer: CARYA_IMAGE_RABBITMQ=rabbitmq:${text(from)}`,
    }
  }
  if (upgradable(from, to)) return READABLE
  const step = nextStep(from)
  return {
    readable: false,
    why: `the data were written by RabbitMQ ${wrote}, and ${reads} cannot read them in one step`,
    advice:
      `Go through ${step} first: CARYA_IMAGE_RABBITMQ=rabbitmq:${step} carya up, ` +
      'then enable all feature flags (rabbitmqctl enable_feature_flag all), then the next',
  }
}

/** Within 3.x one step at a time; 4.0 to 4.2 from 3.13 or any older 4.x; after that one step at a time. */
function upgradable(from: Series, to: Series): boolean {
  if (from.major === 3 && to.major === 3) return to.minor === from.minor + 1
  if (from.major === 3 && to.major === 4) return from.minor === 13 && to.minor <= 2
  if (from.major === 4 && to.major === 4) return to.minor <= 2 || to.minor === from.minor + 1
  return false
}

function nextStep(from: Series): string {
  if (from.major === 3) return from.minor < 13 ? `3.${from.minor + 1}` : '4.2'
  return from.minor < 2 ? '4.2' : `4.${from.minor + 1}`
}

/** Redis reads what any older version wrote; an older major may not read what a newer one wrote. */
export function judgeRedis(wrote: string, reads: string): Judgement {
  if (series(reads).major >= series(wrote).major) return READABLE
  return {
    readable: false,
    why: `the data were written by Redis ${wrote}, and ${reads} is older; it may not read them`,
    advice: `Use Redis ${series(wrote).major} or newer: CARYA_IMAGE_REDIS=redis:${series(wrote).major}`,
  }
}
