import { expect, test } from 'vitest'
import { shownUrl } from './shown-url.ts'

test.each([
  ['https://ann:secret@data.org:8443/a/b.nc?sig=secret#secret', 'https://data.org:8443/a/b.nc'],
  ['http://data.org/a', 'http://data.org/a'],
  ['HTTPS://ann:secret@data.org', 'https://data.org/'],
  ['https://ann:secret@[', 'https://…'],
  ['file:///data/a?b', 'file:///data/a?b'],
  [`store:sha256/${'a'.repeat(64)}`, `store:sha256/${'a'.repeat(64)}`],
])('%s is told as %s', (url, shown) => {
  expect(shownUrl(url)).toBe(shown)
})
