import { InputSource, isPattern, misfit, ParamValue, unknownName } from '@carya/contracts'
import type { ManifestFault } from './fault.ts'
import { pathFaults } from './output-faults.ts'
import type { Readable } from './readable.ts'

const UPLOADED =
  'a file beside model.yaml, by its path, which is uploaded; or a URL that is no file: https://…, store:…'

const DECLARED = 'one of metrics.json is to be declared, too, below metrics, for example as final: {}'

/** An example that could not be run, or whose outcome could not be compared. */
export function testFaults({ test, parameters, inputs, metrics }: Readable): ManifestFault[] {
  if (!test) return []
  const faults: ManifestFault[] = []
  const fault = (at: PropertyKey[], detail: string) => faults.push({ at: ['test', ...at], detail })
  const unknown = (at: PropertyKey[], detail: string) =>
    faults.push({ at: ['test', ...at], detail, isKey: true })
  const noParameter = unknownName('parameter', parameters.names)
  for (const name of test.params.names) {
    const parameter = parameters.right.get(name)
    const value = ParamValue.safeParse(test.params.right.get(name)).data
    if (!parameters.names.includes(name)) unknown(['params', name], noParameter(name))
    else if (parameter && value !== undefined) {
      const wrong = misfit(parameter, value)
      if (wrong !== undefined) fault(['params', name], wrong)
    }
  }
  for (const [name, parameter] of parameters.right)
    if (parameter.default === undefined && !test.params.names.includes(name))
      fault(['params', name], 'missing: this parameter has no default')
  const noInput = unknownName('input', inputs.names)
  for (const name of test.inputs.names)
    if (!inputs.names.includes(name)) unknown(['inputs', name], noInput(name))
  for (const [name, input] of inputs.right)
    if (input.required && input.default === undefined && !test.inputs.names.includes(name))
      fault(['inputs', name], 'missing: the model needs this input')
  const noMetric = unknownName('metric', metrics.names)
  for (const name of test.metrics.names)
    if (!metrics.names.includes(name)) unknown(['metrics', name], `${noMetric(name)}; ${DECLARED}`)
  for (const name of test.outputs.names) {
    faults.push(...pathFaults(['test', 'outputs', name], name))
    if (isPattern(name)) fault(['outputs', name], 'the path of one file, not a pattern')
    if (isLocal(test.outputs.right.get(name))) fault(['outputs', name], UPLOADED)
  }
  return faults
}

/** What is compared is read wherever the test is asked for, which may be anybody's machine. */
function isLocal(source: unknown): boolean {
  const read = InputSource.safeParse(source).data
  return (typeof read === 'string' ? read : read?.url)?.startsWith('file:') === true
}
