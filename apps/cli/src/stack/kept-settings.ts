/**
 * Settings of the services that a user gives `up` in the environment. They are kept with the installation: a plain
 * `carya up` later, from another shell or after a reboot, changes none of them.
 */

/** Their names; docker/compose.yaml documents them. */
export const HANDED_ON = [
  'CARYA_ALLOWED_HOSTS',
  'CARYA_ALLOW_PRIVATE_URLS',
  'CARYA_CACHE_SIZE',
  'CARYA_DOCKER_CONFIG',
  'CARYA_LEAST_DISK',
  'CARYA_LOG_LEVEL',
  'CARYA_MAX_FILE',
  'CARYA_MAX_INPUT',
  'CARYA_MAX_LOG',
  'CARYA_MAX_OUTPUTS',
  'CARYA_MAX_TABLE',
  'CARYA_MOST_HOSTS',
  'CARYA_MOST_HOST_FAULTS',
  'CARYA_QUEUED_GRACE',
  'CARYA_RECONCILE',
  'CARYA_RECOVERY',
  'CARYA_REDIS_MEMORY',
  'CARYA_RETENTION',
  'CARYA_SWEEP',
  'CARYA_UNWELL_PAUSE',
  'CARYA_WORKER_CPUS',
  'CARYA_WORKER_DISK',
  'CARYA_WORKER_MEMORY',
] as const

/** Values by name; one that is not there is its default. */
export type Settings = Record<string, string>

/** Those of ours among the variables that have a value. */
export function settingsIn(variables: NodeJS.ProcessEnv): Settings {
  return Object.fromEntries(HANDED_ON.flatMap((name) => (variables[name] ? [[name, variables[name]]] : [])))
}

/**
 * What holds from now on: what was kept, changed by what the environment says now, where an empty value is the
 * default again; and each change in words.
 */
export function keepSettings(
  kept: Settings,
  env: NodeJS.ProcessEnv,
): { settings: Settings; changes: string[] } {
  const given = HANDED_ON.filter((name) => env[name] !== undefined)
  const before = Object.entries(kept).filter(([name]) => !given.some((each) => each === name))
  const settings = { ...Object.fromEntries(before), ...settingsIn(env) }
  const changes = given
    .filter((name) => settings[name] !== kept[name])
    .map((name) => `${name} is ${said(settings[name])} from now on (before: ${said(kept[name])})`)
  return { settings, changes }
}

const said = (value: string | undefined): string => value ?? 'its default'
