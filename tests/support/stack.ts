/** An installation on the servers that the test run has started. */
import { inject } from 'vitest'
import { installOn, type Installation } from './installation.ts'

export type { Installation } from './installation.ts'

export function install(): Promise<Installation> {
  return installOn({
    amqpUrl: inject('amqpUrl'),
    managementUrl: inject('amqpManagementUrl'),
    redisUrl: inject('redisUrl'),
  })
}
