import { expect, test } from 'vitest'
import { emptySummary } from './dalec.fixture.ts'
import { drawEnsemble } from './draw.ts'
import { FONT } from './look.ts'
import { toPng } from './png.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const drawing = (inside: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="30" viewBox="0 0 120 30">${inside}</svg>`
const sizeOf = (png: Uint8Array) => {
  const header = new DataView(png.buffer, png.byteOffset)
  return [header.getUint32(16), header.getUint32(20)]
}

test.each(['normal', 'bold'])('text in %s letters is drawn', async (weight) => {
  const word = `<text x="5" y="20" font-family="${FONT}" font-weight="${weight}">carya</text>`
  const [empty, written] = [await toPng(drawing('')), await toPng(drawing(word))]
  expect(written.length).toBeGreaterThan(empty.length + 500)
})

test('both weights have a font of their own', async () => {
  const [normal, bold] = await Promise.all(
    ['normal', 'bold'].map((weight) =>
      toPng(drawing(`<text x="5" y="20" font-family="${FONT}" font-weight="${weight}">iiii</text>`)),
    ),
  )
  expect(bold).not.toEqual(normal)
})

test('a picture has twice as many pixels as the SVG, or as asked', async () => {
  expect(sizeOf(await toPng(drawing('')))).toEqual([240, 60])
  expect(sizeOf(await toPng(drawing(''), 3))).toEqual([360, 90])
  expect(Array.from((await toPng(drawing(''))).subarray(0, 8))).toEqual(SIGNATURE)
})

test('the words of a figure come out in its PNG', async () => {
  const svg = await drawEnsemble(emptySummary)
  const wordless = svg.replaceAll(/<text.*?<\/text>/gu, '')
  expect((await toPng(svg)).length).toBeGreaterThan((await toPng(wordless)).length * 3)
})

test.each([0, -1, Number.NaN, 11])('a scale of %d is refused', async (scale) => {
  await expect(toPng(drawing(''), scale)).rejects.toThrow(RangeError)
})
