import { MANIFEST_LABEL } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { manifestOf, parseImage, pinned, pullReference } from './image-name.ts'

const digest = (digit: string) => `sha256:${digit.repeat(64)}`

test.each([
  ['pond', { registry: 'docker.io', repository: 'library/pond' }],
  ['lab/pond:1.0.0', { registry: 'docker.io', repository: 'lab/pond', tag: '1.0.0' }],
  ['docker.io/pond:1', { registry: 'docker.io', repository: 'library/pond', tag: '1' }],
  ['index.docker.io/library/pond', { registry: 'docker.io', repository: 'library/pond' }],
  ['127.0.0.1:5000/pond', { registry: '127.0.0.1:5000', repository: 'pond' }],
  ['localhost/pond:1', { registry: 'localhost', repository: 'pond', tag: '1' }],
  ['ghcr.io/lab/models/pond:1', { registry: 'ghcr.io', repository: 'lab/models/pond', tag: '1' }],
  [
    `reg.lab:5000/pond:1@${digest('a')}`,
    { registry: 'reg.lab:5000', repository: 'pond', tag: '1', digest: digest('a') },
  ],
])('%s is read as Docker reads it', (image, name) => {
  expect(parseImage(image)).toEqual(name)
})

test.each([
  ['reg.lab:5000/pond', 'reg.lab:5000/pond:latest'],
  ['pond', 'pond:latest'],
  ['pond:1', 'pond:1'],
  [`pond@${digest('a')}`, `pond@${digest('a')}`],
])('of %s no more than one tag is pulled', (image, reference) => {
  expect(pullReference(image)).toBe(reference)
})

describe('an image is pinned', () => {
  const facts = (...RepoDigests: string[]) => ({ Id: digest('0'), RepoDigests })
  const byRepo = (letter: string) => ({ digest: digest(letter), by: 'repo' })

  test.each([
    ['pond:1', `pond@${digest('a')}`],
    ['docker.io/library/pond:1', `pond@${digest('a')}`],
    ['pond', `docker.io/library/pond@${digest('a')}`],
    ['reg.lab:5000/pond:1', `reg.lab:5000/pond@${digest('a')}`],
  ])('as %s by the digest that its own registry gave it', (image, own) => {
    expect(pinned(image, facts(`elsewhere.lab/pond@${digest('b')}`, own))).toMatchObject(byRepo('a'))
  })

  test.each(['reg.lab:5001/pond:1', 'pond:1', 'reg.lab:5000/pond2:1', 'reg.lab:5000/lab/pond:1'])(
    'as %s by its id, where only another name has a digest',
    (image) => {
      const found = pinned(image, facts(`reg.lab:5000/pond@${digest('a')}`))
      expect(found).toEqual({ name: image, digest: digest('0'), by: 'id' })
    },
  )

  test('of several digests by the one that was asked for, or else that the registry told just now', () => {
    const both = facts(`lab/pond@${digest('a')}`, `lab/pond@${digest('b')}`)
    expect(pinned(`lab/pond@${digest('b')}`, both)).toEqual({ name: 'lab/pond', ...byRepo('b') })
    expect(pinned('lab/pond:1', both, digest('b'))).toEqual({ name: 'lab/pond:1', ...byRepo('b') })
    expect(pinned(`lab/pond@${digest('a')}`, both, digest('b'))).toMatchObject(byRepo('a'))
    expect(pinned('lab/pond:1', both, digest('c'))).toMatchObject(byRepo('a'))
    expect(pinned('lab/pond:1', { Id: digest('0'), RepoDigests: null })).toMatchObject({ by: 'id' })
  })
})

test('the manifest in its label is found, unless it is longer than any manifest', () => {
  const carrying = (text: string) => ({ Id: digest('0'), Config: { Labels: { [MANIFEST_LABEL]: text } } })
  expect(manifestOf(carrying('name: pond'))).toBe('name: pond')
  expect(manifestOf(carrying('x'.repeat(256 * 1024 + 1)))).toBeUndefined()
  expect(manifestOf({ Id: digest('0'), Config: { Labels: null } })).toBeUndefined()
})
