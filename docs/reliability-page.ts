/** The table of faults in docs/reliability.md: each with the tests whose titles name it, and what in these is not real. */
import { groups, type Fault } from './faults.ts'

/** `played`: which part is played by the test, where one is. */
export type Titled = { file: string; title: string; played?: string | undefined }

/** What may be titles of tests in a file's text: with numbers of faults also where they stand in a table of cases. */
export function titlesOf(file: string, text: string): Titled[] {
  const numbered = text.matchAll(/(['"`])(\[\d+(?:, \d+)*\] .*?)\1/g)
  const plain = text.matchAll(/\(\s*(['"`])(?!\[)(.*?)\1,/g)
  const played = playedIn(file, text)
  return [...numbered, ...plain].map((match) => ({ file, title: match[2]!, played }))
}

/** What a test's file imports in the place of a real part. A file tests with it throughout, or not at all. */
const PLAYED = [
  { module: 'simulated-worker.ts', part: 'simulated worker' },
  { module: 'director.ts', part: 'played dispatcher' },
  { module: 'fake-engine.ts', part: 'fake engine' },
]

function playedIn(file: string, text: string): string | undefined {
  if (!file.startsWith('tests/')) return 'unit test'
  const parts = PLAYED.filter(({ module }) => new RegExp(`from '.*/${module}'`).test(text)).map(
    ({ part }) => part,
  )
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** The table; throws where a fault has neither a test nor a reason, or a test names a fault that is not listed. */
export function reliabilityTable(titles: readonly Titled[]): string {
  const shown = new Map<string, Titled[]>()
  for (const titled of titles)
    for (const id of idsOf(titled.title)) shown.set(id, [...(shown.get(id) ?? []), titled])
  const known = new Set(groups.flatMap((group) => group.faults.map((each) => each.id)))
  const strange = [...shown.keys()].filter((id) => !known.has(id))
  if (strange.length > 0)
    throw new Error(`tests name faults that docs/faults.ts does not list: ${strange.join(', ')}`)
  return groups
    .map(({ title, faults }) =>
      [
        `### ${title}`,
        '',
        '| | fault | what Carya does | shown by |',
        '| --- | --- | --- | --- |',
        ...faults.map((fault) => row(fault, testsOf(fault, shown, titles))),
      ].join('\n'),
    )
    .join('\n\n')
}

function idsOf(title: string): string[] {
  const [, ids] = /^\[([\d, ]+)\]/.exec(title) ?? []
  return ids === undefined ? [] : ids.split(',').map((id) => id.trim())
}

function testsOf(fault: Fault, shown: ReadonlyMap<string, Titled[]>, titles: readonly Titled[]): Titled[] {
  const named = (fault.tests ?? []).map((title) => {
    const found = titles.find((each) => each.title === title)
    if (!found)
      throw new Error(`no test has the title that docs/faults.ts gives for "${fault.fault}": ${title}`)
    return found
  })
  return [...(shown.get(fault.id) ?? []), ...named]
}

function row({ id, fault, does, untested }: Fault, tests: readonly Titled[]): string {
  if (tests.length === 0 && untested === undefined)
    throw new Error(`fault ${id} (${fault}) is shown by no test, and docs/faults.ts gives no reason`)
  const links = tests.map(({ file, title, played }) => {
    const link = `[${textOf(title)}](../${file})`
    return played === undefined ? link : `${link} *(${played})*`
  })
  const shown = [...links, ...(untested === undefined ? [] : [untested])].join('; ')
  return `| ${id} | ${fault} | ${does} | ${shown} |`
}

/** Without the numbers, and without what stands for the values of a table of cases: it is one test here. */
function textOf(title: string): string {
  const text = title
    .replace(/^\[[^\]]*\]\s*/, '')
    .replaceAll(/\$[a-z]\w*|%s/gi, '…')
    .replaceAll('|', '\\|')
  if (/[$%]/.test(text)) throw new Error(`a title that shows faults cannot be read as it stands: ${title}`)
  return text
}
