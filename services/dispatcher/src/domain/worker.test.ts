import { expect, test } from 'vitest'
import { noSuchWorker } from './worker.ts'

test('who mistypes a name is told which there are, and which was meant', () => {
  expect(noSuchWorker('node22', [{ name: 'local' }, { name: 'node2' }])).toMatchObject({
    status: 404,
    detail: 'did you mean node2? there are local, node2',
  })
  expect(noSuchWorker('elsewhere', [{ name: 'local' }]).detail).toBe('there are local')
  expect(noSuchWorker('w1', []).detail).toBe('none was heard yet')
})
