/** An ensemble goes on over dispatchers that are killed: each member once, and nothing else than without kills. */
import { test } from 'vitest'
import { endureKills } from './killed-ensemble.ts'

test('the dispatcher is killed three times during an ensemble of 100: each member is started once and has its row', () =>
  endureKills(100, 180_000))
