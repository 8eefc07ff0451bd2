/** Design tables: what is taken, what is refused, and where it is said to be wrong. */
import { importTable, readRows, type Column, type ImportOutcome } from '@carya/tables'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

const columns: Column[] = [
  { name: 'k', type: 'number', range: [-1, 1] },
  { name: 'n', type: 'integer' },
  { name: 'b', type: 'boolean' },
  { name: 's', type: 'string' },
  { name: 'index', type: 'integer' },
  { name: 'input.drivers', type: 'input' },
]

type Given = ImportOutcome & { out: string; folder: string }

async function imported(content: string | Uint8Array, changes: { mostRows?: number } = {}): Promise<Given> {
  const folder = await mkdtemp(join(tmpdir(), 'carya-design-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const [file, out] = [join(folder, 'table'), join(folder, 'design.parquet')]
  await writeFile(file, content)
  const outcome = await importTable({ file, format: 'csv', columns, mostRows: 1_000_000, out, ...changes })
  return { ...outcome, out, folder }
}

describe('what is right', () => {
  test('is read back as it was: quotes, CRLF, a mark at its head, an empty last line, 1e-7', async () => {
    const given = await imported(
      '\uFEFFk, s,index,input.drivers\r\n1e-7,"a, ""b""\r\nc",7,file:///d.csv\r\n-1,=x,8,store:sha256/' +
        `${'a'.repeat(64)}\r\n\r\n`,
    )
    expect(given).toMatchObject({ rows: 2, columns: ['k', 's', 'index', 'input.drivers'] })
    expect(await readRows(given.out, 0, 10)).toEqual([
      { k: 1e-7, s: 'a, "b"\r\nc', index: 7, 'input.drivers': 'file:///d.csv' },
      { k: -1, s: '=x', index: 8, 'input.drivers': `store:sha256/${'a'.repeat(64)}` },
    ])
    expect(await readdir(given.folder)).toEqual(['design.parquet', 'table'])
  })

  test('is read from any row on, over groups, in order and out of it', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i},${i % 2 === 0},${i / 20_000}`)
    const { out } = await imported(`n,b,k\n${lines.join('\n')}`)
    const at = (n: number) => ({ n, b: n % 2 === 0, k: n / 20_000 })
    expect(await readRows(out, 8190, 4)).toEqual([8190, 8191, 8192, 8193].map(at))
    expect(await readRows(out, 19_999, 10)).toEqual([at(19_999)])
    expect(await readRows(out, 0, 1)).toEqual([at(0)])
    expect(await readRows(out, 20_000, 1)).toEqual([])
    let read = 0
    for (let from = 0; from < 20_000; from += 1000)
      for (const [nth, row] of (await readRows(out, from, 1000)).entries())
        if (row['n'] === from + nth) read += 1
    expect(read).toBe(20_000)
  })

  test('is read anew where the file is another one', async () => {
    const one = await imported('n\n1\n')
    expect(await readRows(one.out, 0, 1)).toEqual([{ n: 1 }])
    await writeFile(join(one.folder, 'table'), 'n\n2\n')
    await importTable({ file: join(one.folder, 'table'), format: 'csv', columns, mostRows: 9, out: one.out })
    expect(await readRows(one.out, 0, 1)).toEqual([{ n: 2 }])
  })

  test('may be Parquet, which is held to the same rules', async () => {
    const one = await imported('n,k,s\n1,0.5,x\n2,1,y\n')
    const out = join(one.folder, 'again.parquet')
    const known: Column[] = [...columns.slice(1), { name: 'k', type: 'number', range: [0, 0.7] }]
    const task = { file: one.out, format: 'parquet' as const, mostRows: 10, out }
    expect(await importTable({ ...task, columns: known })).toMatchObject({
      faults: [{ row: 2, column: 'k', value: 1, detail: 'a finite number from 0 to 0.7' }],
      total: 1,
    })
    expect(await importTable({ ...task, columns })).toEqual({ rows: 2, columns: ['index', 'n', 'k', 's'] })
    await writeFile(join(one.folder, 'bad.parquet'), 'PAR1 and no more')
    await expect(
      importTable({ ...task, file: join(one.folder, 'bad.parquet'), columns }),
    ).resolves.toMatchObject({
      total: 1,
      faults: [{ row: 0, detail: expect.stringContaining('a Parquet file (') }],
    })
  })
})

describe('what is wrong', () => {
  test('is found in row 41,237 of 100,000', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i / 100_000},${i === 41_236 ? 'x1' : i}`)
    const given = await imported(`k,n\n${lines.join('\n')}\n`)
    expect(given).toMatchObject({
      faults: [{ row: 41_237, line: 41_238, column: 'n', value: 'x1', detail: 'a whole number' }],
      total: 1,
    })
    expect(await readdir(given.folder)).toEqual(['table'])
  })

  test('is told cell by cell, by row and by line, and counted beyond a hundred', async () => {
    const given = await imported('k,n,s\nNaN,9007199254740993,"a\nb"\n2,1.5,\n')
    expect(given).toMatchObject({
      total: 5,
      faults: [
        { row: 1, line: 2, column: 'k', value: 'NaN' },
        { row: 1, line: 2, column: 'n', value: '9007199254740993' },
        { row: 2, line: 4, column: 'k', value: '2', detail: 'a finite number from -1 to 1' },
        { row: 2, line: 4, column: 'n', value: '1.5' },
        { row: 2, line: 4, column: 's', value: '' },
      ],
    })
    const many = await imported(`n\n${'x\n'.repeat(250)}`)
    expect(many).toMatchObject({ total: 250 })
    expect('faults' in many && many.faults.length).toBe(100)
  })

  test.each([
    ['k;n\n1;2\n', { row: 0, line: 1, detail: 'columns separated by commas, not by semicolons' }],
    ['k,q\n1,2\n', { row: 0, line: 1, column: 'q' }],
    ['k,k\n1,2\n', { row: 0, line: 1, column: 'k', detail: 'a column that is there once' }],
    ['inputs.drivers\nx\n', { row: 0, detail: 'a known column; did you mean input.drivers?' }],
    ['k,n\n', { row: 0, detail: 'a table with at least one row' }],
    ['', { row: 0, detail: 'a table with at least one row' }],
    ['k,n\n1,2\n1,2,3\n', { row: 2, line: 3, detail: '2 fields, as many as the header has; here are 3' }],
    ['k,n\n1,2\n\n1,2\n', { row: 2, line: 3, detail: 'an empty line' }],
    ['k,n\n1,"2\n', { row: 1, line: 2, detail: 'a quote that is not closed' }],
    [Buffer.from('k\n0.1\n\xff\n', 'latin1'), { detail: 'text in UTF-8' }],
    ['k\n1\n1\n1\n1\n', { row: 4, line: 5, detail: 'at most 3 rows' }],
  ])('%j is refused, with the place', async (content, fault) => {
    expect(await imported(content, { mostRows: 3 })).toMatchObject({ faults: [fault], total: 1 })
  })
})
