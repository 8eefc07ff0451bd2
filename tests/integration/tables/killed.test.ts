/** The child is killed in the middle, by us, by the kernel, or with its parent: what it wrote is whole, and comes again. */
import { analyse } from '@carya/tables'
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeEnsemble, row, sequence, shuffled, type Ensemble } from './ensemble-folder.ts'

const outputs = { 'out.csv': { series: { time: 't' } } }

async function large(): Promise<Ensemble> {
  const ensemble = await makeEnsemble({ total: 3000, outputs })
  const lines = sequence(100).map((t) => `${t},${t / 7}`)
  for (let index = 0; index < 300; index += 1)
    await ensemble.output(index, 'out.csv', `t,x\n${lines.join('\n')}`)
  const rows = shuffled(sequence(3000).map((index) => row(index)))
  for (let at = 0; at < 10; at += 1) await ensemble.segment(`${at}`, rows.slice(at * 300, at * 300 + 310))
  return ensemble
}

/** The children of a process that make tables. */
async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const [status, command] = await Promise.all(
      ['status', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    )
    if (command!.includes('child/entry.ts') && status!.includes(`\nPPid:\t${pid}\n`)) found.push(Number(name))
  }
  return found
}

const seen = async (folder: string, name: string) =>
  (await readdir(folder).catch((): string[] => [])).includes(name)

test('kill -9 in the middle, again and again, and then the same bytes', async () => {
  const ensemble = await large()
  await analyse(ensemble.analysis)
  const whole = await ensemble.results()
  expect(Object.keys(whole)).toEqual([
    'quantiles.csv',
    'results.csv',
    'results.parquet',
    'sensitivity.csv',
    'summary.json',
  ])

  const other = await large()
  const analysis = { ...other.analysis }
  for (const sign of ['0.parquet', '4.parquet', '8.parquet']) {
    const running = analyse(analysis)
    const ended = expect(running).rejects.toThrow(/signal SIGKILL/)
    await expect
      .poll(() => seen(join(other.folder, 'series'), sign), { timeout: 60_000, interval: 5 })
      .toBe(true)
    for (const pid of await childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    await ended
  }
  expect(await seen(other.folder, 'work')).toBe(true)
  await analyse(analysis)
  expect(await other.results()).toEqual(whole)
  expect(await seen(other.folder, 'work')).toBe(false)
})

test('an abort kills the child and gives its reason', async () => {
  const ensemble = await large()
  const controller = new AbortController()
  const running = analyse(ensemble.analysis, controller.signal)
  const ended = expect(running).rejects.toThrow('no longer wanted')
  await expect.poll(() => seen(ensemble.folder, 'work'), { timeout: 60_000, interval: 5 }).toBe(true)
  controller.abort(new Error('no longer wanted'))
  await ended
  expect(await childrenOf(process.pid)).toEqual([])
  await expect(analyse(ensemble.analysis, controller.signal)).rejects.toThrow('no longer wanted')
})

test('the child dies with its parent', async () => {
  const ensemble = await large()
  const program = `
    import { analyse } from '@carya/tables'
    await analyse(${JSON.stringify(ensemble.analysis)})`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
  await expect.poll(() => seen(ensemble.folder, 'work'), { timeout: 60_000, interval: 5 }).toBe(true)
  const [child] = await childrenOf(parent.pid!)
  expect(child).toBeDefined()
  parent.kill('SIGKILL')
  await expect.poll(() => seen('/proc', String(child)), { timeout: 60_000 }).toBe(false)
})
