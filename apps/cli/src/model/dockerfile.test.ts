import { expect, test } from 'vitest'
import { basesOf } from './dockerfile.ts'

test('bases are what stages begin from, with arguments filled in', () => {
  const dockerfile = [
    '# a comment: FROM nowhere',
    'ARG BASE=debian:trixie-slim',
    'ARG OTHER="debian:bookworm-slim"',
    'FROM --platform=linux/amd64 ${BASE} AS build',
    'ARG BASE=within-a-stage',
    'RUN echo FROM here',
    'FROM $OTHER',
    'FROM ${NONE:-python:3.12} \\',
    '  AS last',
    'from Build',
    'FROM scratch',
    'COPY --from=build /a /a',
  ]
  expect(basesOf(dockerfile.join('\n'))).toEqual([
    'debian:trixie-slim',
    'debian:bookworm-slim',
    'python:3.12',
  ])
})

test('one of nothing has none', () => {
  expect(basesOf('')).toEqual([])
  expect(basesOf('FROM scratch\nCOPY a /a\n')).toEqual([])
})
