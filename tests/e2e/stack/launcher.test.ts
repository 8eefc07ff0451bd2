/** The script `./carya`: from any folder, through a link, and in words where it cannot go on. */
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, run } from './carya.ts'

const PATH = process.env['PATH'] ?? ''

test('it works from any folder and through a link to a link', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carya-link-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  await symlink(join(root, 'carya'), join(folder, 'first'))
  await symlink('first', join(folder, 'carya'))
  const ended = await run(join(folder, 'carya'), ['--version'], { PATH, CARYA_HOME: folder }, '/')
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

test('wrong use ends with 2 and names what was meant; with --json as a problem document', async () => {
  const env = { PATH, CARYA_HOME: join(tmpdir(), 'carya-never-made') }
  const typo = await run(join(root, 'carya'), ['stauts'], env)
  expect(typo.code).toBe(2)
  expect(typo.stderr).toContain('Did you mean status?')
  const json = await run(join(root, 'carya'), ['up', '--no-such', '--json'], env)
  expect(json.code).toBe(2)
  expect(JSON.parse(json.stderr)).toMatchObject({ type: 'about:blank', exitCode: 2 })
  await rm(env.CARYA_HOME, { recursive: true })
})

test('an engine that is not there is told with where it was looked for, and exit code 3', async () => {
  const home = await mkdtemp(join(tmpdir(), 'carya-home-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(home, { recursive: true }))
  const env = { PATH, CARYA_HOME: home, CARYA_DOCKER_SOCKET: join(home, 'no-engine.sock') }
  const ended = await run(join(root, 'carya'), ['up'], env)
  expect(ended.code).toBe(3)
  expect(ended.stderr).toContain(env.CARYA_DOCKER_SOCKET)
  expect(ended.stderr).toContain('there is no such socket')
})
