/** The engine: old enough to know us, and able to hold a model within its limits. */
import type { EngineInfo } from '../engine.ts'
import { type Check, ok, warning } from './check.ts'

const OLDEST_API = 1.41

/** What can be said from the engine's own words. */
export function checkEngine(info: EngineInfo, socket: string): Check[] {
  const checks = [checkVersion(info, socket), checkLiveRestore(info), checkLimits(info)]
  if (info.rootless) {
    checks.push(
      warning(
        'rootless',
        'the engine is rootless: not tried by us',
        'Containers run as your own user; if outputs are not yours, use a rootful engine.',
      ),
    )
  }
  return checks
}

function checkVersion({ version, apiVersion, cgroup }: EngineInfo, socket: string): Check {
  const detail = `${version} (API ${apiVersion}, cgroup ${cgroup}) at ${socket}`
  if (Number(apiVersion.replace(/^1\./, '')) >= OLDEST_API * 100 - 100) return ok('engine', detail)
  return warning(
    'engine',
    `${detail} is older than what is tested (API ${OLDEST_API})`,
    'Install Docker 20.10 or newer.',
  )
}

function checkLiveRestore({ liveRestore }: EngineInfo): Check {
  if (liveRestore) return ok('live-restore', 'on: a restart of the engine does not end running models')
  return warning(
    'live-restore',
    'off: a restart of the engine ends running models, which then run again',
    'Put {"live-restore": true} into /etc/docker/daemon.json and reload: systemctl reload docker',
  )
}

function checkLimits({ missingLimits, cpus, memoryBytes }: EngineInfo): Check {
  if (missingLimits.length === 0) {
    return ok(
      'limits',
      `of memory, CPU and processes; ${cpus} CPUs, ${Math.floor(memoryBytes / 2 ** 30)} GiB`,
    )
  }
  return warning(
    'limits',
    `the kernel cannot limit a container's ${missingLimits.join(', ')}`,
    'Boot with cgroup_enable=memory swapaccount=1, or delegate the controllers to your user (rootless).',
  )
}
