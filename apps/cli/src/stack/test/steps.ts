/** What `carya test` runs, in order: the quick and telling first. */
export type TestStep = { name: string; command: readonly [string, ...string[]]; minutes: number }

export const steps: readonly TestStep[] = [
  { name: 'format, lint, types and unit tests', command: ['pnpm', 'run', 'check'], minutes: 5 },
  { name: 'generated documents', command: ['pnpm', 'run', 'generate:check'], minutes: 2 },
  { name: 'integration tests', command: ['pnpm', 'run', 'test:integration'], minutes: 10 },
  { name: 'end-to-end tests', command: ['pnpm', 'run', 'test:e2e'], minutes: 15 },
  { name: 'fault tests', command: ['pnpm', 'run', 'test:chaos'], minutes: 12 },
  {
    // 4.0 has been tested by then: all of the above runs on it
    name: 'other lines of RabbitMQ',
    command: ['pnpm', 'run', 'test:brokers', '--lenient', '3.10', '4.3'],
    minutes: 10,
  },
]

/** All steps together, on two cores; about fifteen where nothing else runs. CI has half an hour. */
export const ALL_MINUTES = 25
