/** The kill test of tests/chaos/dispatcher at the size that is promised. */
import { test } from 'vitest'
import { endureKills } from '../chaos/dispatcher/killed-ensemble.ts'

test('the dispatcher is killed three times during an ensemble of 500: each member is started once and has its row', () =>
  endureKills(500, 1_800_000))
