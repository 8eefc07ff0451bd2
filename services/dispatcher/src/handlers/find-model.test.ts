import type { Model } from '@carya/contracts'
import { expect, test } from 'vitest'
import { model } from '../domain/sample.fixture.ts'
import type { ModelStore } from '../ports.ts'
import { findVersions, unknownModel } from './find-model.ts'

/** Versions of the sample model, and what of them was read. */
function setup(versions: readonly string[]) {
  const read: string[] = []
  const known = new Map(
    versions.map((version): [string, Model] => [`dalec@${version}`, { ...model, version }]),
  )
  const refuse = () => Promise.reject(new Error('nothing is changed here'))
  const models: ModelStore = {
    async find(ref) {
      read.push(ref)
      return known.get(ref)
    },
    refs: async () => [...known.keys(), 'other@1'],
    put: refuse,
    makeDefault: refuse,
    remove: refuse,
  }
  return { read, models }
}

test('who names a model that is not there is told what there is, and no manifest is read for it', async () => {
  const { read, models } = setup(['1', '2'])
  const answer = await unknownModel(models, 'dalek')
  expect(answer).toBe('no such model: did you mean dalec? registered are dalec@1, dalec@2, other@1')
  expect(read).toEqual([])
})

test('who names a version that is not there is told those that are', async () => {
  const { models } = setup(['1', '2'])
  expect(await unknownModel(models, 'dalec@3')).toBe('no such version: registered are dalec@1, dalec@2')
})

test('of versions those that are named are read, one more than an ensemble may have, and all are called', async () => {
  const versions = Array.from({ length: 50 }, (_, i) => `${i}`)
  const { read, models } = setup(versions)
  const few = await findVersions(models, model, ['3', '77', '', 3])
  expect(few.registered.map(({ version }) => version)).toEqual(['3'])
  expect(few.all).toEqual(versions)
  expect(read).toEqual(['dalec@3', 'dalec@77'])
  expect((await findVersions(models, model, versions)).registered).toHaveLength(33)
  expect(await findVersions(models, model, undefined)).toEqual({ registered: [], all: [] })
})
