import { expect, test } from 'vitest'
import { readRecords, type SeriesFormat, type SeriesRecord } from './records.ts'

async function read(text: string | Uint8Array, format: SeriesFormat, cut = 7): Promise<SeriesRecord[]> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  async function* chunks(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut)
  }
  const records: SeriesRecord[] = []
  await readRecords(chunks(), format, (record) => records.push(record) > 0)
  return records
}

test('columns have any white space between them, and around them; empty lines say nothing', async () => {
  const text = '\uFEFF  time\t v_out \r\n\n   0.0   1.0D+00\r\n\n\t1.0\t2.0   \n\n'
  const expected = [
    { line: 1, fields: ['time', 'v_out'] },
    { line: 3, fields: ['0.0', '1.0D+00'] },
    { line: 5, fields: ['1.0', '2.0'] },
  ]
  for (let cut = 1; cut < 12; cut += 1) expect(await read(text, { format: 'columns' }, cut)).toEqual(expected)
})

test('names can be given, lines before the numbers skipped, and comments passed over', async () => {
  const format: SeriesFormat = { format: 'columns', names: ['t', 'v'], skip: 2, comment: '*' }
  expect(await read('Circuit: RC\n\n * units: s V\n0 1\n*\n1 2', format)).toEqual([
    { line: 0, fields: ['t', 'v'] },
    { line: 4, fields: ['0', '1'] },
    { line: 6, fields: ['1', '2'] },
  ])
})

test('the same in CSV, where nothing within quotes is a comment', async () => {
  expect(await read('made by x\n#\n#t,v\nt,v\n1,"a\n#b"\n#\n2,3\n', { skip: 1, comment: '#' })).toEqual([
    { line: 4, fields: ['t', 'v'] },
    { line: 5, fields: ['1', 'a\n#b'] },
    { line: 8, fields: ['2', '3'] },
  ])
  expect(await read('1,2\n', { names: ['t', 'v'] })).toEqual([
    { line: 0, fields: ['t', 'v'] },
    { line: 1, fields: ['1', '2'] },
  ])
})

test('names of R stand in quotes, and may have blanks in them', async () => {
  expect((await read('"a b" "c"\n1 2\n', { format: 'columns' }))[0]).toEqual({
    line: 1,
    fields: ['a b', 'c'],
  })
})

test.each<[string, SeriesFormat, number]>([
  ['a b\n1 2\n1 2 3\n', { format: 'columns' }, 3],
  ['1 2\n', { format: 'columns', names: ['a'] }, 1],
  ['a,b\n1\n', {}, 2],
])('%j has a ragged line', async (text, format, line) => {
  const fault = 'a line with another number of fields than there are names'
  expect((await read(text, format)).at(-1)).toMatchObject({ line, fault })
})

test('what is no UTF-8, and lines without end, are refused', async () => {
  await expect(read(Buffer.from([0x61, 0xff]), {})).rejects.toThrow(TypeError)
  await expect(read('x'.repeat(2 ** 21), { format: 'columns' }, 2 ** 16)).rejects.toThrow('more than')
})

test('reading ends where nothing more is wanted', async () => {
  let chunks = 0
  async function* endless(): AsyncIterable<Uint8Array> {
    for (;;) {
      chunks += 1
      yield Buffer.from('1 2\n')
    }
  }
  await readRecords(endless(), { format: 'columns' }, ({ line }) => line < 5)
  expect(chunks).toBe(5)
})
