/** The last line of every test run: `N passed, N failed`, which scripts read without knowing vitest. */
import type { Reporter, TestModule } from 'vitest/node'

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]) {
    let passed = 0
    let failed = unhandledErrors.length
    for (const module of modules) {
      if (module.state() === 'failed') failed += module.errors().length
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1
        else failed += 1
      }
    }
    // after vitest's own summary, which is written in the same tick
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failed} failed\n`))
  }
}
