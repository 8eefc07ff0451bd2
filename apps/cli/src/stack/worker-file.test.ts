/** docker/worker.yml is the stack's worker alone: what one gets, the other gets. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { composeFile } from './compose.ts'

type Service = Record<string, unknown> & { environment: Record<string, string | null> }

const text = readFileSync(join(dirname(composeFile), 'worker.yml'), 'utf8')
const file: { services: { worker: Service } } = parse(text)
const stack: { services: { worker: Service } } = parse(readFileSync(composeFile, 'utf8'), { merge: true })
const [alone, beside] = [file.services.worker, stack.services.worker]

test('it is hardened and started as in the stack', () => {
  const same = ['image', 'command', 'user', 'init', 'read_only', 'tmpfs', 'cap_drop', 'security_opt']
  const pick = (service: Service) => [...same, 'restart', 'stop_grace_period'].map((name) => service[name])
  expect(pick(alone)).toEqual(pick(beside))
})

test('it takes every setting that the stack hands to its worker', () => {
  const settings = Object.keys(beside.environment).filter((name) => name !== 'CARYA_AMQP_URL_FILE')
  expect(Object.keys(alone.environment)).toEqual(expect.arrayContaining(settings))
})

test('every variable is documented at its head', () => {
  const used = [...text.matchAll(/(?<!\$)\$\{(CARYA_\w+)/g)].map(([, name]) => name)
  for (const name of used) expect(text, name).toMatch(new RegExp(`^# {3}${name} `, 'm'))
})
