/** Manifests that are broken each in its own way, and what must be told of them, where. */

/** A manifest that is right, line by line. */
export const RIGHT = `name: pond
version: 1.0.0
image: lab/pond:1.0.0
command: [/pond, '{{ params.rate }}']
parameters:
  rate: { type: number, default: 0.1, range: [0, 1], unit: d-1 }
  steps: { type: integer, default: 10 }
files:
  in.nml:
    template: |
      &run
        rate = {{ params.rate | fortran }}
      /
inputs:
  rain: { mediaType: text/csv }
outputs:
  level.txt:
    series: { time: day, format: columns, names: [day, level] }
metrics:
  top: { from: { output: level.txt, column: level, take: max } }
test:
  inputs: { rain: https://data.example/rain.csv }
  metrics: { top: 3 }
`

/** RIGHT with the first occurrence of a text replaced. */
const but = (old: string, by: string): string => {
  if (!RIGHT.includes(old)) throw new Error(`the manifest has no ${old}`)
  return RIGHT.replace(old, () => by)
}

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'
    .split('')
    .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`),
].join('\n')

/** What is wrong, the text or its bytes, and every fault as it is told: place and a word of it. */
export const broken: readonly [what: string, text: string | Uint8Array, told: readonly [string, RegExp][]][] =
  [
    ['an empty file', '', [['1:1', /a map of fields/]]],
    ['nothing but comments', '# model\n', [['1:1', /a map of fields/]]],
    ['a list', '- name: pond\n', [['1:1', /a map of fields/]]],
    ['a text', 'pond\n', [['1:1', /a map of fields/]]],
    ['an open bracket', 'name: [pond\nversion: 1\n', [['2:1', /flow sequence/i]]],
    ['an open quote', "name: 'pond\n", [['2:1', /quote/]]],
    ['a tab', 'name: pond\nparameters:\n\trate: 1\n', [['3:1', /tab/i]]],
    [
      'a wrong indentation',
      'name: pond\n version: 1\n',
      [
        ['1:7', /Nested mappings/],
        ['1:7', /./],
      ],
    ],
    [
      'an indented first line, and a fault behind texts of several lines',
      ` ${RIGHT}---\nname: lake\n`,
      [
        ['2:1', /Unexpected scalar at node end/],
        ['24:1', /documents/],
      ],
    ],
    ['a key twice', but('version: 1.0.0', 'version: 1.0.0\nname: lake'), [['3:1', /name .*second time/]]],
    [
      'a parameter twice',
      but('  steps:', '  rate: { type: number }\n  steps:'),
      [['7:3', /rate .*second time/]],
    ],
    [
      'names that differ by case',
      but('  steps:', '  Rate: { type: number, default: 1 }\n  steps:'),
      [['7:3', /differs from rate/]],
    ],
    ['an alias of nothing', but('type: integer', 'type: *none'), [['7:18', /\*none/]]],
    ['an alias bomb', bomb, [['1:1', /aliases/]]],
    ['very many aliases', `a: &a [1]\nb: [${'*a,'.repeat(20_000)}]`, [['1:1', /more than 100 aliases/]]],
    [
      'an alias of itself',
      but('{ mediaType: text/csv }', '&rain { mediaType: *rain }'),
      [['15:28', /a text, not a map of fields/]],
    ],
    ['a merge key', but('  steps: {', '  steps: { <<: { unit: d },'), [['7:12', /no such field/]]],
    ['several documents', `${RIGHT}---\nname: lake\n`, [['24:1', /documents/]]],
    ['a tag of its own', but('name: pond', 'name: !pond pond'), [['1:7', /tag/i]]],
    [
      'a tag of another language',
      but('name: pond', 'name: !!python/object:os.system pond'),
      [['1:7', /tag/i]],
    ],
    ['binary data under a tag', but('name: pond', 'name: !!binary cG9uZA=='), [['1:7', /tag/i]]],
    [
      'a set, in YAML 1.1',
      `%YAML 1.1\n---\n${but('{ mediaType: text/csv }', '!!set {}')}`,
      [['17:9', /tag/i]],
    ],
    [
      'a truth of YAML 1.1',
      `%YAML 1.1\n---\n${but('type: integer, default: 10', 'type: boolean, default: yes')}`,
      [['9:36', /true or false/]],
    ],
    ['a map as a key', '? { a: 1 }\n: pond\n', [['1:3', /keys must be strings/]]],
    ['deep nesting', `a: ${'['.repeat(3000)}${']'.repeat(3000)}`, [['1:1', /too deeply/]]],
    ['deep nesting in columns', '- '.repeat(30_000), [['1:1', /too deeply/]]],
    [
      'very many keys',
      Array.from({ length: 60_000 }, (_, at) => `k${at}: 1`).join('\n'),
      [['1:1', /too many parts/]],
    ],
    ['a huge file', `${RIGHT}#${'x'.repeat(2 ** 20)}`, [['1:1', /1048576 are the most/]]],
    ['binary content', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0xff, 0xfe]), [['1:9', /UTF-8/]]],
    [
      'another encoding',
      Buffer.from('name: pond\ndescription: Teich f\xfcr Regen\n', 'latin1'),
      [['2:21', /UTF-8/]],
    ],
    ['a NUL', 'name: pond\nversion: 1\0\n', [['2:11', /NUL/]]],
    [
      'nothing of what is needed',
      'description: a pond\n',
      [
        ['1:1', /missing/],
        ['1:1', /missing/],
        ['1:1', /missing/],
      ],
    ],
    [
      'an unknown key',
      but('metrics:\n  top', 'metrcs:\n  top'),
      [
        ['19:1', /did you mean metrics/],
        ['23:14', /no such metric/],
      ],
    ],
    ['an unknown key, deep', but('default: 0.1', 'defualt: 0.1'), [['6:25', /did you mean default/]]],
    ['a wrong type', but('type: integer', 'type: int'), [['7:18', /integer/]]],
    ['a number for a text', but('image: lab/pond:1.0.0', 'image: 12'), [['3:8', /a text, not a number/]]],
    [
      'a list for a map',
      but('steps: { type: integer, default: 10 }', 'steps: [integer]'),
      [['7:10', /a map of fields, not a list/]],
    ],
    ['a range inverted', but('range: [0, 1]', 'range: [1, 0]'), [['6:46', /lowest, highest/]]],
    ['a default outside the range', but('default: 0.1', 'default: 1.1'), [['6:34', /from 0 to 1 d-1/]]],
    ['a default of another type', but('default: 10', 'default: 10.5'), [['7:36', /whole number/]]],
    ['a date', but('default: 10', 'default: 2020-01-01'), [['7:36', /whole number/]]],
    ['not a number', but('default: 0.1', 'default: .nan'), [['6:34', /finite number/]]],
    ['infinity', but('range: [0, 1]', 'range: [0, .inf]'), [['6:50', /number/]]],
    ['a number that is too large', but('default: 10', 'default: 1e999'), [['7:36', /finite number/]]],
    ['a bad unit', but('unit: d-1', 'unit: d-1)'), [['6:60', /a unit/]]],
    ['a bad name', but('name: pond', 'name: The Pond'), [['1:7', /lower-case/]]],
    ['a bad version', but('version: 1.0.0', 'version: v1/2'), [['2:10', /a version/]]],
    ['a bad image', but('image: lab/pond:1.0.0', 'image: Lab/Pond:1.0.0'), [['3:8', /image reference/]]],
    [
      'a text for a list',
      but("command: [/pond, '{{ params.rate }}']", "command: /pond '{{ params.rate }}'"),
      [['4:10', /a list, not a text/]],
    ],
    [
      'a size without a whole unit',
      but('command:', 'resources: { memory: 32M }\ncommand:'),
      [['4:22', /a size: .*256MiB/]],
    ],
    ['a duration without a unit', but('command:', 'timeout: 60\ncommand:'), [['4:10', /a duration: .*90s/]]],
    ['a bad duration', but('command:', 'timeout: 5 minutes\ncommand:'), [['4:10', /a duration/]]],
    [
      'a name that a template does not find',
      but('rate = {{ params.rate ', 'rate = {{ params.rat '),
      [['12:19', /did you mean params.rate/]],
    ],
    ['a filter that is not there', but('| fortran', '| fortan'), [['12:33', /did you mean fortran/]]],
    [
      'a filter that does not fit',
      but('params.rate | fortran', 'params.steps | fortran'),
      [['12:34', /whole number/]],
    ],
    ['a template that is not closed', but('fortran }}', 'fortran }'), [['12:41', /has no meaning/]]],
    [
      'a command that names nothing',
      but("'{{ params.rate }}'", "'{{ rate }}'"),
      [['4:22', /did you mean params.rate/]],
    ],
    ['a file outside', but('in.nml:', '../in.nml:'), [['9:3', /path in the container/]]],
    [
      'an output outside',
      but('level.txt:\n', '../level.txt:\n'),
      [
        ['17:3', /within the folder/],
        ['20:26', /an output that is declared/],
      ],
    ],
    [
      'two things at one place',
      but('{ mediaType: text/csv }', '{ path: in.nml }'),
      [['9:3', /input rain is there already/]],
    ],
    [
      'a column that is not there',
      but('column: level,', 'column: levle,'),
      [['20:45', /did you mean level/]],
    ],
    ['a time that is no column', but('time: day', 'time: date'), [['18:21', /there are day, level/]]],
    [
      'an example without its input',
      but('inputs: { rain: https', 'inputs: { ran: https'),
      [
        ['22:11', /missing/],
        ['22:13', /did you mean rain/],
      ],
    ],
    [
      'a prototype',
      but('name: pond', '__proto__: { polluted: true }\nname: pond'),
      [['1:1', /cannot be used/]],
    ],
    [
      'a prototype as a parameter',
      but('  steps:', '  __proto__: { type: number }\n  steps:'),
      [['7:3', /cannot be used/]],
    ],
    [
      'an input that is not there',
      but('{ mediaType: text/csv }', '{ default: ./rain.csv }'),
      [['15:20', /there is no \.\/rain\.csv/]],
    ],
    [
      'an input outside',
      but('{ mediaType: text/csv }', '{ default: ../rain.csv }'),
      [['15:20', /without \.\./]],
    ],
    [
      'an input by a scheme of its own',
      but('{ mediaType: text/csv }', '{ default: ftp://x/rain.csv }'),
      [['15:20', /a URL/]],
    ],
    [
      'a template that is not there',
      but('template: |\n      &run\n        rate = {{ params.rate | fortran }}\n      /', 'source: in.tpl'),
      [['10:13', /there is no in\.tpl/]],
    ],
    [
      'both a template and its file',
      but('    template: |', '    source: ./in.tpl\n    template: |'),
      [['10:13', /not both/]],
    ],
    [
      'five faults at once',
      but('version: 1.0.0', 'version: 1 0')
        .replace('default: 0.1', 'default: 7')
        .replace('| fortran', '| roman')
        .replace('take: max', 'take: median')
        .replace('top: 3', 'tip: 3'),
      [
        ['2:10', /a version/],
        ['6:34', /from 0 to 1/],
        ['12:33', /no such filter/],
        ['20:58', /mean/],
        ['23:14', /did you mean top/],
      ],
    ],
  ]
