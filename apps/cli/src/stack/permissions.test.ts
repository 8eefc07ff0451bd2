import { describe, expect, test } from 'vitest'
import { submitterGrants, workerGrants, type Grants } from './permissions.ts'

const may = (grants: Grants, what: 'configure' | 'write' | 'read', name: string): boolean =>
  new RegExp(grants.permissions[what]).test(name)

describe('a submitter', () => {
  const grants = submitterGrants('ada')

  test('publishes requests and nothing else of ours', () => {
    expect(may(grants, 'write', 'carya.requests')).toBe(true)
    for (const name of ['carya.jobs', 'carya.reports', 'carya.control', 'carya.events', 'amq.default', '']) {
      expect(may(grants, 'write', name), name).toBe(false)
    }
  })

  test('has its own reply queues and server-named ones, and nobody else’s', () => {
    for (const what of ['configure', 'write', 'read'] as const) {
      expect(may(grants, what, 'reply.ada.1')).toBe(true)
      expect(may(grants, what, 'amq.gen-x1')).toBe(true)
      expect(may(grants, what, 'reply.adam.1')).toBe(false)
      expect(may(grants, what, 'carya.jobs.default')).toBe(false)
    }
  })

  test('may bind to the events, and read no queue of ours', () => {
    expect(may(grants, 'read', 'carya.events')).toBe(true)
    expect(may(grants, 'read', 'carya.rejected')).toBe(false)
    expect(may(grants, 'configure', 'carya.events')).toBe(false)
  })
})

describe('a worker', () => {
  const grants = workerGrants('node-1', 'gpu')

  test('declares its control queue only', () => {
    expect(may(grants, 'configure', 'carya.control.node-1')).toBe(true)
    expect(may(grants, 'configure', 'carya.control.node-10')).toBe(false)
    expect(may(grants, 'configure', 'carya.jobs.gpu')).toBe(false)
  })

  test('reports and beats, and offers no jobs', () => {
    expect(may(grants, 'write', 'carya.reports')).toBe(true)
    expect(may(grants, 'write', 'carya.heartbeats')).toBe(true)
    for (const name of ['carya.jobs', 'carya.control', 'carya.requests', 'amq.default']) {
      expect(may(grants, 'write', name), name).toBe(false)
    }
  })

  test('reads its pool’s jobs and its own, and no other pool’s or worker’s', () => {
    expect(may(grants, 'read', 'carya.jobs.gpu')).toBe(true)
    expect(may(grants, 'read', 'carya.jobs.gpu.node-1')).toBe(true)
    expect(may(grants, 'read', 'carya.jobs.gpu.node-2')).toBe(false)
    expect(may(grants, 'read', 'carya.jobs.default')).toBe(false)
    expect(may(grants, 'read', 'carya.reports')).toBe(false)
  })

  test('hears orders under its own name only', () => {
    const [topic] = grants.topics
    expect(topic?.exchange).toBe('carya.control')
    expect(new RegExp(topic?.read ?? '').test('node-1')).toBe(true)
    expect(new RegExp(topic?.read ?? '').test('#')).toBe(false)
    expect(new RegExp(topic?.write ?? '').test('node-1')).toBe(false)
  })
})
