/**
 * The last lines of every test run: what failed and what was not run, each by its name, and at the very end
 * `N passed, N failed`, which scripts read without knowing vitest. A test that is skipped has failed, too, unless it says
 * why it cannot be run here: `context.skip(condition, reason)`.
 */
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'

export default class ClosingLine implements Reporter {
  #root = ''

  onInit(vitest: Vitest) {
    this.#root = vitest.config.root
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed')
    const unable = tests.filter((test) => reasonOf(test) !== undefined)
    const failures = [
      ...unhandled.map((error) => `${fileOf(error, this.#root)}: ${wordsOf(error)}`),
      ...modules.flatMap((module) => [module, ...module.children.allSuites()]).flatMap(faultsOf),
      ...tests
        .filter((test) => !passed.includes(test) && !unable.includes(test))
        .map((test) => `${nameOf(test)}: ${wordsOf(test.result().errors?.[0])}`),
    ]
    const lines = [
      ...unable.map((test) => `not run: ${nameOf(test)} (${reasonOf(test)})`),
      ...failures.map((failure) => `failed: ${failure}`),
      `${passed.length} passed, ${failures.length} failed`,
    ]
    // after vitest's own summary, which is written in the same tick
    process.once('exit', () => process.stdout.write(lines.map((line) => `${line}\n`).join('')))
  }
}

/** Of what is around tests: an import, a hook of a file or group. */
function faultsOf(around: TestModule | TestSuite): string[] {
  return around.errors().map((error) => `${nameOf(around)}: ${wordsOf(error)}`)
}

function nameOf(task: TestModule | TestSuite | TestCase): string {
  if (task.type === 'module') return task.relativeModuleId
  return `${task.module.relativeModuleId} > ${task.fullName}`
}

/** Why a test that was skipped cannot be run here. */
function reasonOf(test: TestCase): string | undefined {
  const result = test.result()
  return result.state === 'skipped' ? result.note : undefined
}

/** Where it was met, which need not be where it was made. */
function fileOf({ VITEST_TEST_PATH: path }: SerializedError, root: string): string {
  return typeof path === 'string' ? relative(root, path) : 'outside of all tests'
}

const MOST = 300

/** The first line of its message: what comes after is in vitest's own account of it. */
function wordsOf(error: SerializedError | undefined): string {
  if (error === undefined) return 'was not run, and no reason is given'
  const [first = ''] = stripVTControlCharacters(error.message).trim().split('\n')
  return first.slice(0, MOST)
}
