import { expect, test } from 'vitest'
import { errorIn, howFar, noLayers, withLine, type PullLine } from './pull-progress.ts'

const after = (...lines: PullLine[]) => howFar(lines.reduce(withLine, noLayers))
const MIB = 2 ** 20
const coming = (id: string, current: number, total: number): PullLine => ({
  status: 'Downloading',
  id,
  progressDetail: { current: current * MIB, total: total * MIB },
})

test('layers are summed; as long as some have not begun to come it may be more', () => {
  const begun: PullLine[] = [
    { status: 'Pulling from lab/pond', id: '1.0.0' },
    { status: 'Pulling fs layer', id: 'a' },
    { status: 'Pulling fs layer', id: 'b' },
    { status: 'Waiting', id: 'b' },
  ]
  expect(after(...begun)).toBe('')
  expect(after(...begun, coming('a', 10, 40))).toBe('25 % of at least 40 MiB')
  expect(after(...begun, coming('a', 10, 40), coming('b', 20, 60))).toBe('30 % of 100 MiB')
  const whole = { status: 'Download complete', id: 'a' }
  expect(after(...begun, coming('a', 10, 40), whole, coming('b', 10, 60))).toBe('50 % of 100 MiB')
})

test('how much of a layer is unpacked is not mistaken for how much of it has come', () => {
  const unpacking = {
    status: 'Extracting',
    id: 'a',
    progressDetail: { current: MIB, total: 40 * MIB },
  }
  expect(after(coming('a', 40, 40), unpacking, coming('b', 20, 60))).toBe('60 % of 100 MiB')
  expect(after(coming('a', 40, 40), unpacking)).toBe('unpacks 40 MiB')
})

test('layers that are there already, and lines that say nothing of a layer, count for nothing', () => {
  expect(after({ status: 'Already exists', id: 'a' }, { status: 'Digest: sha256:0' })).toBe('')
  expect(after({ status: 'Already exists', id: 'a' }, coming('b', 1, 4))).toBe('25 % of 4.0 MiB')
})

test('a layer that comes again from its beginning is told so', () => {
  const again = { status: 'Retrying in 5 seconds', id: 'a' }
  expect(after(coming('a', 30, 40), again, coming('a', 0, 40))).toBe('0 % of 40 MiB')
})

test('sizes are rounded to what people read', () => {
  expect(after(coming('a', 0, 1229))).toBe('0 % of 1.2 GiB')
  expect(after(coming('a', 0, 1 / 4))).toBe('0 % of 256 KiB')
})

test('errors are found as older and newer engines write them', () => {
  expect(errorIn({ error: 'denied', errorDetail: { message: 'denied' } })).toBe('denied')
  expect(errorIn({ errorDetail: { message: 'denied' } })).toBe('denied')
  expect(errorIn({ error: 'denied' })).toBe('denied')
  expect(errorIn({ status: 'Downloading' })).toBeUndefined()
})
