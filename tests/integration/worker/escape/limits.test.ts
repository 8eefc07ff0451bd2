/** Models that take more than they were given, and what others on the host notice of it. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../../support/until.ts'
import { containersOf } from '../containers-of.ts'
import { open, type Setting } from './setting.ts'

const MIB = 2 ** 20
let setting: Setting

beforeAll(async () => {
  setting = await open({ CARYA_MAX_LOG: '8MiB' })
})
afterAll(() => setting[Symbol.asyncDispose]())

test('a fork bomb fills its own limit: a run beside it ends well, and so does the next', async () => {
  const { director } = setting
  const bomb = await director.offer(
    // its first process needs no other, which it would be refused
    director.job('bomb() { bomb | bomb & }; (bomb) & exec sleep 60', {
      timeout: 4,
      resources: { cpus: 0.5, memory: 256 * MIB },
    }),
  )
  await director.report('started', bomb)
  const beside = await director.offer(director.job('sleep 1; echo "{\\"a\\": 1}" > metrics.json'))
  expect(await director.finished(beside)).toMatchObject({ outcome: 'succeeded', metrics: { a: 1 } })
  expect(await director.finished(bomb)).toMatchObject({ outcome: 'failed', failure: { kind: 'timeout' } })
  const next = await director.offer(director.job('true'))
  expect((await director.finished(next)).outcome).toBe('succeeded')
})

test('/tmp and /dev/shm fill up, memory has no swap behind it, CPU time a quota, processes a number', async () => {
  const said = await setting.says(
    `dd if=/dev/zero of=/tmp/x bs=1M 2>&1 | grep -o 'No space.*'; du -m /tmp/x | cut -f1
    dd if=/dev/zero of=/dev/shm/x bs=1M 2>&1 | grep -o 'No space.*'; du -m /dev/shm/x | cut -f1
    cd /sys/fs/cgroup
    cat cpu/cpu.cfs_quota_us 2>/dev/null || cut -d' ' -f1 cpu.max
    cat pids/pids.max 2>/dev/null || cat pids.max
    if [ -d memory ]; then
      expr $(cat memory/memory.memsw.limit_in_bytes 2>/dev/null || echo 67108864) - $(cat memory/memory.limit_in_bytes)
    else cat memory.swap.max 2>/dev/null || echo 0; fi`,
    { resources: { cpus: 0.5, memory: 64 * MIB } },
  )
  expect(said).toEqual([
    'No space left on device',
    '32',
    'No space left on device',
    '16',
    '50000',
    '512',
    '0',
  ])
})

test('a line of 200 MB: the log is cut with a note, the worker grows by no line, and beats', async () => {
  const { director, worker, installation } = setting
  const before = await mostMemory(worker.process.pid!)
  const job = await director.offer(
    director.job(`head -c 200000000 /dev/zero | tr '\\000' x; printf '\\033[31mthe end\\377'; sleep 5`, {
      lease: 2,
      resources: { cpus: 1, memory: 32 * MIB },
    }),
  )
  await director.report('started', job)
  const beats = director.beats.length
  const { outcome, logTail, folder, notes } = await director.finished(job)
  expect(outcome).toBe('succeeded')
  const told = director.beats
    .slice(beats)
    .flatMap((beat) => beat.attempts.filter(({ run }) => run === job.run))
  expect(told.length).toBeGreaterThan(0)
  expect((await mostMemory(worker.process.pid!)) - before).toBeLessThan(128 * MIB)
  expect(notes?.join()).toMatch(/log\.txt ends after \d+ bytes; \d+ more were cut/)
  expect(logTail.endsWith('\u001b[31mthe end\uFFFD')).toBe(true)
  const path = join(installation.store, folder, 'log.txt')
  expect((await stat(path)).size).toBeLessThan(9 * MIB)
})

test('parameters of over a megabyte, and half a character, reach the model and hold nothing up', async () => {
  const large = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`p${at}`, '€'.repeat(4096)]))
  expect(await setting.says('printf %s "$CARYA_PARAM_P99" | wc -c', { params: large })).toEqual(['12288'])
  const command = ['/bin/sh', '-c', 'echo "$0" "$CARYA_PARAM_HALF"', '\ud800']
  expect(await setting.says('', { command, params: { half: '\ud800' } })).toEqual(['\uFFFD \uFFFD'])
})

test('control characters are kept as they are, for those who show them; what it leaves running ends with it', async () => {
  const { director, installation } = setting
  const job = await director.offer(
    director.job(
      `printf '\\033]0;mine\\007\\033[2J\\377\\000\\r\\n'
      (trap '' TERM HUP; while :; do echo >> ticks; done) &
      setsid sh -c 'trap "" TERM; sleep 1000' & nohup sleep 1000 >/dev/null 2>&1 &
      until [ -e ticks ]; do :; done`,
    ),
  )
  const { outcome, folder, logTail } = await director.finished(job)
  expect(outcome).toBe('succeeded')
  expect(logTail).toBe('\u001b]0;mine\u0007\u001b[2J\uFFFD\0\r\n')
  const log = await readFile(join(installation.store, folder, 'log.txt'), 'latin1')
  expect(log).toBe('\u001b]0;mine\u0007\u001b[2J\xff\0\r\n')
  await until('its container is gone', async () => (await containersOf(job.run)).length === 0)
  const ticks = join(installation.store, folder, 'outputs/ticks')
  const { size } = await stat(ticks)
  const next = await director.offer(director.job('true'))
  await director.finished(next)
  expect((await stat(ticks)).size).toBe(size)
})

describe('what it leaves in its outputs', () => {
  test('[23] hostile names, sockets, hard links and deep folders are told or passed over, and the next run ends well', async () => {
    const { director, hostile } = setting
    const job = await director.offer(
      director.job(
        `perl -e '
          use Socket;
          sub leave { open my $f, ">", $_[0] or die "$_[0]: $!"; close $f }
          leave($_) for "two\\nlines", "\\e[2J", "bad\\xff", "-rf", "...", "\\xc3\\xa4", " ", "n" x 255, "<script>", "%2e%2e";
          socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind $s, sockaddr_un("socket") or die "bind: $!";
          link "-rf", "twin" or die "link: $!";
          print link("/carya/params.json", "params") ? "linked" : "not linked", "\\n";
          print link("/etc/passwd", "passwd") ? "linked" : "not linked", "\\n";
          mkdir "deep"; chdir "deep"; for (1 .. 100) { mkdir "d"; chdir "d"; leave("file") }'`,
        hostile,
      ),
    )
    const { outcome, outputs, notes, logTail } = await director.finished(job)
    expect(outcome).toBe('succeeded')
    expect(logTail).toBe('not linked\nnot linked\n')
    const names = outputs.map(({ name }) => name)
    expect(names.filter((name) => !name.startsWith('deep/'))).toEqual(
      [
        'two\nlines',
        '\u001b[2J',
        '-rf',
        '...',
        'ä',
        ' ',
        'n'.repeat(255),
        '<script>',
        '%2e%2e',
        'twin',
      ].toSorted(),
    )
    expect(names.filter((name) => name.startsWith('deep/')).length).toBeLessThan(33)
    expect(notes?.join()).toMatch(
      /\d+ entries that are no regular files with readable names were passed over/,
    )
    const next = await director.offer(director.job('echo x > good.csv'))
    expect(await director.finished(next)).toMatchObject({ outcome: 'succeeded', outputsTotal: 1 })
  })
})

/** Bytes of memory that a process has had at most. */
async function mostMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
