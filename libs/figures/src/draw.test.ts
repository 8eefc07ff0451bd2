import { describe, expect, test, vi } from 'vitest'
import { dalecSummary, emptySummary, metricOf, saltelliSummary } from './dalec.fixture.ts'
import { drawEnsemble } from './draw.ts'
import { hostileSummary, long, manySummary, oddSummary, rightToLeft, script } from './hostile.fixture.ts'
import { widthOf } from './label.ts'
import { plot, size } from './look.ts'
import { toPng } from './png.ts'

/** What a reader reads, a line each. */
const textsOf = (svg: string): string[] =>
  Array.from(svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</gu), ([, text = '']) => unescaped(text))
const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
const marksOf = (svg: string, mark: string): number =>
  svg.match(new RegExp(`<g class="mark-${mark} role-mark`, 'gu'))?.length ?? 0
const elementsOf = (svg: string): Set<string> =>
  new Set(Array.from(svg.matchAll(/<([^\s/>]+)/gu), ([, name = '']) => name))
const attributesOf = (svg: string): Set<string> =>
  new Set(
    Array.from(svg.matchAll(/<[^>]*>/gu)).flatMap(([tag]) =>
      Array.from(tag.matchAll(/\s([\w:-]+)="/gu), ([, name = '']) => name),
    ),
  )

describe('an ensemble with correlations', async () => {
  const svg = await drawEnsemble(dalecSummary())
  const texts = textsOf(svg)

  test('says what it is of, and how many failed', () => {
    expect(texts).toContain('dalec@1.0.0, ensemble of 1,000 members')
    expect(texts).toContainEqual(expect.stringContaining('987 succeeded, 13 failed'))
  })

  test('names axes, panels and parameters with their units', () => {
    expect(texts).toContain('Gross primary production')
    expect(texts).toContain('gpp (g\u00a0C\u00a0m⁻²\u00a0d⁻¹)')
    expect(texts).toContain('lai_max (m²\u00a0m⁻²)')
    expect(texts).toContain('(c) gpp_annual')
    expect(texts).toContain('rank correlation (Spearman)')
    expect(texts).toContain('temperature_sensitivity')
    expect(texts.join(' ')).toContain(
      'hydraulic resistance from soil to leaf (MPa\u00a0m²\u00a0s\u00a0mmol⁻¹)',
    )
    expect(texts.join(' ')).toContain('7-day means')
    expect(texts).toContain('Jul 2013')
  })

  test('has two bands for each of two variables, a median and twelve members', () => {
    expect(marksOf(svg, 'area')).toBe(4)
    expect(marksOf(svg, 'line')).toBe(2 * (12 + 1))
    expect(marksOf(svg, 'rect')).toBeGreaterThanOrEqual(6)
  })

  test('says nothing of what is not there', () => {
    expect(svg).not.toMatch(/NaN|undefined|Infinity|null/u)
  })
})

test('Sobol’ indices are drawn with their intervals and directions', async () => {
  const texts = textsOf(await drawEnsemble(saltelliSummary()))
  expect(texts).toEqual(expect.arrayContaining(['Sobol’ index', 'total', 'first order', '+', '−']))
  expect(texts.join(' ')).toContain('confidence intervals')
})

test('the same summary gives the same bytes, also beside others and in another time zone', async () => {
  const summary = { ...oddSummary(), ...saltelliSummary() }
  const [one, , two] = await Promise.all([summary, dalecSummary(), summary].map((each) => drawEnsemble(each)))
  expect(two).toBe(one)
  const hours = [new Date(0).getHours()]
  vi.stubEnv('TZ', 'Pacific/Auckland')
  try {
    hours.push(new Date(0).getHours())
    expect(await drawEnsemble(summary)).toBe(one)
  } finally {
    vi.unstubAllEnvs()
  }
  expect(new Set(hours).size).toBe(2)
})

describe('hostile names', async () => {
  const svg = await drawEnsemble(hostileSummary(), { title: `${script} ${rightToLeft} ${long}` })

  test('stay text: no elements and attributes but those of a drawing', () => {
    const harmless = ['svg', 'g', 'path', 'text', 'tspan', 'rect', 'line']
    expect([...elementsOf(svg)].filter((name) => !harmless.includes(name))).toEqual([])
    expect([...attributesOf(svg)].filter((name) => /^on|href|style|^id$/u.test(name))).toEqual([])
    expect(svg).toContain('&lt;script&gt;alert("1")&lt;/script&gt; &amp; ]]&gt;')
  })

  test('are cut to their place, and leave a file that can be read', async () => {
    const widths = textsOf(svg).map((text) => widthOf(text, size.note))
    expect(Math.max(...widths)).toBeLessThanOrEqual(plot.width)
    expect(svg.isWellFormed()).toBe(true)
    expect((await toPng(svg, 0.2)).length).toBeGreaterThan(1000)
  })
})

test('what there is none of is said', async () => {
  expect(textsOf(await drawEnsemble(emptySummary))).toEqual(
    expect.arrayContaining(['No time series.', 'No metrics.']),
  )
  const metrics = [metricOf('lai', [2, 3])]
  const texts = textsOf(await drawEnsemble({ ...emptySummary, metrics }))
  expect(texts.join(' ')).toContain('No sensitivities: too few members, or nothing that varied.')
})

test('what is not asked for is not missed, and a title of one’s own does not hide the model', async () => {
  const texts = textsOf(
    await drawEnsemble(emptySummary, { variables: [], metrics: ['lai'], title: 'My forest' }),
  )
  expect(texts).not.toContain('No time series.')
  expect(texts).toEqual(expect.arrayContaining(['My forest', 'There are no metrics named lai.']))
  expect(texts).toContainEqual(expect.stringContaining('dalec@1.0.0'))
})

test('more than a picture holds is counted', async () => {
  const texts = textsOf(await drawEnsemble(manySummary()))
  expect(texts).toContain('16 of 20 variables are not shown: v4, v5, v6, v7, v8 and others.')
  expect(texts).toContain('46 of 50 metrics are not shown: m4, m5, m6, m7, m8 and others.')
  expect(texts.filter((text) => /^\([a-z]\) [mv]\d/u.test(text))).toHaveLength(8)
})

test('gaps, constants, one member and one time leave no broken number', async () => {
  const summary = oddSummary()
  const svg = await drawEnsemble(summary, {
    metrics: summary.metrics.map((metric) => metric.name),
    variables: summary.series.map((series) => series.variable),
  })
  expect(svg).not.toMatch(/NaN|undefined|Infinity|null/u)
  const texts = textsOf(svg)
  expect(texts).toEqual(
    expect.arrayContaining([
      '4.2 in all members',
      'gaps (×10⁶)',
      'tiny (10⁻⁹\u00a0kg\u00a0m⁻³)',
      'There is no number in this time series that could be drawn.',
      '10 of 14 parameters',
      '1 Jan 2020',
      'layer 0',
      '1980',
    ]),
  )
  expect(texts.join(' ')).toContain('No member gave a value that could be drawn.')
})
