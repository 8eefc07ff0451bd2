import { defineConfig } from 'vitest/config'

const unit = ['libs', 'services', 'apps', 'models'].map((part) => `${part}/**/*.test.ts`)

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/closing-line.ts'],
    retry: 0,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: unit,
          exclude: ['**/node_modules/**', '**/*.integration.test.ts'],
          // properties try thousands of cases, and the machine may be busy
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: ['tests/support/servers.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // they wait more than they work: two at once on two cores, where one would be the default
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/support/servers.ts'],
          testTimeout: 180_000,
          // images of models are built where they are not there
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          // example models whose images are large, and the guide that brings one of them
          name: 'models',
          include: ['tests/models/**/*.test.ts'],
          globalSetup: ['tests/support/servers.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: ['tests/chaos/**/*.test.ts'],
          globalSetup: ['tests/support/servers.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          // they mostly wait: for leases, for servers that come back. But all of them start services, and too many at
          // once starve those that hold leases
          maxWorkers: 4,
          maxConcurrency: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // what takes too long for every test run: promises of the README at their full size
          name: 'long',
          include: ['tests/long/**/*.test.ts'],
          globalSetup: ['tests/support/servers.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
