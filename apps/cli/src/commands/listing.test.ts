import { expect, test } from 'vitest'
import { fit, innerTableLines } from './listing.ts'

const columns = [
  { title: 'ID', cell: (row: string[]) => row[0]! },
  { title: 'NOTE', cell: (row: string[]) => row[1]! },
]

test('what fits is left alone', () => {
  const rows = [['r4f7k2q', 'short']]
  expect(fit(rows, columns, 80).map((column) => column.cell(rows[0]!))).toEqual(rows[0])
})

test('the widest column is cut first, down to what can still be read', () => {
  const rows = [['r4f7k2q', 'a very long note that goes on and on']]
  const cells = (width: number) => fit(rows, columns, width).map((column) => column.cell(rows[0]!))
  expect(cells(30)).toEqual(['r4f7k2q', 'a very long note tha…'])
  expect(cells(1)).toEqual(['r4f7k…', 'a ver…'])
})

test('a whole column is never cut', () => {
  const rows = [['a note that is cut', 'a state that is shown as it is']]
  const [first, second] = fit(rows, [columns[0]!, { ...columns[1]!, whole: true }], 42)
  expect([first!.cell(rows[0]!), second!.cell(rows[0]!)]).toEqual(['a note th…', rows[0]![1]])
})

test('control characters count as what they are shown as', () => {
  const rows = [['r4f7k2q', '\u001b'.repeat(30)]]
  for (const line of innerTableLines(rows, columns, 40)) expect(line.length).toBeLessThanOrEqual(40)
})
