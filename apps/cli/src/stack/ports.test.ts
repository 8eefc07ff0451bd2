import { expect, test } from 'vitest'
import { choosePorts } from './ports.ts'

const free = (...taken: number[]) => {
  return async (port: number) => !taken.includes(port)
}

test('ports that are free are kept', async () => {
  expect(await choosePorts({ amqp: 5700, http: 7100 }, free())).toEqual({
    ports: { amqp: 5700, http: 7100 },
    moved: [],
  })
})

test('a port in use is left to whoever has it, and the next free one is named', async () => {
  expect(await choosePorts({ amqp: 5672, http: 7070 }, free(7070, 7071))).toEqual({
    ports: { amqp: 5672, http: 7072 },
    moved: [{ part: 'http', from: 7070, to: 7072 }],
  })
})

test('two parts never share a port', async () => {
  const { ports } = await choosePorts({ amqp: 7069, http: 7070 }, free(7069))
  expect(ports).toEqual({ amqp: 7070, http: 7071 })
})

test('where nothing is free, that is said', async () => {
  await expect(choosePorts({ amqp: 1, http: 2 }, async () => false)).rejects.toThrow('no free port')
})
