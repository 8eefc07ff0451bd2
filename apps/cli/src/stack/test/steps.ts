/** What `carya test` runs, in order: the quick and telling first. */
export type TestStep = { name: string; command: readonly [string, ...string[]]; minutes: number }

export const steps: readonly TestStep[] = [
  { name: 'format, lint, types and unit tests', command: ['pnpm', 'run', 'check'], minutes: 10 },
  { name: 'generated documents', command: ['pnpm', 'run', 'generate:check'], minutes: 5 },
  { name: 'integration tests', command: ['pnpm', 'run', 'test:integration'], minutes: 20 },
  { name: 'end-to-end tests', command: ['pnpm', 'run', 'test:e2e'], minutes: 20 },
  { name: 'fault tests', command: ['pnpm', 'run', 'test:chaos'], minutes: 25 },
  {
    // 4.0 has been tested by then: all of the above runs on it
    name: 'other lines of RabbitMQ',
    command: ['pnpm', 'run', 'test:brokers', '--lenient', '3.10', '4.3'],
    minutes: 20,
  },
]

/**
 * All steps together. On two cores where nothing else runs they take about twenty; these bounds, and those of each
 * step, are only there so that a test that hangs ends.
 */
export const ALL_MINUTES = 75
