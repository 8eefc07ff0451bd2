/** Attempts to get out of a container, or to become more in it. Its network and limits have files of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildImage, engine } from '../../../support/engine.ts'
import { TEST_IMAGE } from '../../../support/test-image.ts'
import { until } from '../../../support/until.ts'
import { containersOf } from '../containers-of.ts'
import { settle } from '../director.ts'
import { open, type Setting } from './setting.ts'

let setting: Setting

beforeAll(async () => {
  setting = await open()
})
afterAll(() => setting[Symbol.asyncDispose]())

test('no system call mounts, makes a namespace or a device, or touches host, kernel or keyring', async () => {
  const said = await setting.says(`perl /probe.pl ${process.pid}`, setting.hostile)
  // that the first is possible shows that the probe works
  expect(said.filter((line) => line.endsWith(' done'))).toEqual(['getpid done'])
  expect(said.filter((line) => line.includes(' refused: '))).toHaveLength(31)
  expect(said).toHaveLength(32)
})

test('nothing of the host can be read or written by /proc, /sys and /dev', async () => {
  const said = await setting.says(
    `for f in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/kmsg /proc/acpi/* /proc/scsi/* \\
        /sys/firmware/* /sys/kernel/security/* /dev/mem /dev/kmem /dev/port /dev/kmsg /dev/sd* /dev/vd* /dev/nvme* \\
        /proc/${process.pid}/environ /proc/1/root/closed/secret /closed/secret; do
      [ -n "$(head -c 1 $f 2>/dev/null | tr '\\000' x)" ] && echo "read $f"
    done
    for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/sys/vm/drop_caches \\
        /proc/sys/fs/binfmt_misc/register /sys/kernel/uevent_helper /sys/fs/cgroup/release_agent \\
        /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/*/memory.limit_in_bytes /sys/fs/cgroup/memory.max \\
        /proc/1/mem /proc/self/oom_adj /proc/1/oom_score_adj /etc/hosts /etc/resolv.conf; do
      (echo -1000 > $f) 2>/dev/null && echo "wrote $f"
    done
    for d in $(find /sys/fs/cgroup -maxdepth 1 -mindepth 0); do mkdir $d/x 2>/dev/null && echo "made $d/x"; done
    echo sockets $(grep -c @ /proc/net/unix)
    echo devices $(find /dev -type b) $(find /dev -type c ! -name null ! -name zero ! -name full ! -name random \\
      ! -name urandom ! -name tty ! -name ptmx ! -name console)
    find / -xdev -name '*.sock' -o -xdev -type s 2>/dev/null
    echo over`,
    setting.hostile,
  )
  expect(said).toEqual(['sockets 0', 'devices', 'over'])
})

test('a program that is setuid of root, or has capabilities of its own, gains nothing', async () => {
  const said = await setting.says(
    `/suid -e 'print "$<:$> ", (grep { /NoNewPrivs/ } do { open F, "/proc/self/status"; <F> })'
    /suid -e 'open F, "/closed/secret" and print <F>'
    /capable -ne 'print if /Cap(Prm|Eff|Amb)/' /proc/self/status
    /capable -e 'use POSIX; print POSIX::setuid(0) ? "root" : "nobody", "\\n"'
    echo | su -c id 2>/dev/null; mount -t tmpfs x /tmp 2>/dev/null; id -u`,
    setting.hostile,
  )
  const none = '0000000000000000'
  expect(said).toEqual([
    '10001:10001 NoNewPrivs:\t1',
    `CapPrm:\t${none}`,
    `CapEff:\t${none}`,
    `CapAmb:\t${none}`,
    'nobody',
    '10001',
  ])
})

describe('what an image says of itself', () => {
  test('makes it neither root nor unlimited: no user, volume, port, health check, signal or label of its own', async () => {
    const { director, hostile } = setting
    const { command, ...job } = director.job('', hostile)
    void command
    director.mode.isSettling = false
    await director.offer(job)
    const finished = await director.finished(job)
    const [id = ''] = await containersOf(job.run)
    const found = await engine().getContainer(id).inspect()
    await director.order('w1', settle(job))
    director.mode.isSettling = true
    // its own command ran, as nobody, in the folder for outputs
    expect(finished).toMatchObject({ outcome: 'succeeded', outputs: [{ name: 'entered', bytes: 6 }] })
    expect(found.Config).toMatchObject({
      User: '10001:10001',
      StopSignal: 'SIGTERM',
      Healthcheck: { Test: ['NONE'] },
      Labels: { 'carya.installation': setting.installation.name, 'carya.worker': 'w1' },
    })
    expect(found.Config.Env).toContain('HOME=/tmp')
    expect(found.Config.Env).toContain('OMP_NUM_THREADS=1')
    expect(found.NetworkSettings.Ports).toEqual({})
    expect(found.Mounts.filter(({ Type }) => Type === 'volume')).toEqual([])
    await until('its container is gone', async () => (await containersOf(job.run)).length === 0)
  })

  test('gives it no writable place more', async () => {
    const said = await setting.says(
      `for d in /data /carya /carya/inputs /opt/evil; do
        touch $d/x 2>/dev/null && echo "wrote $d"
      done
      ls /carya; touch x && echo outputs`,
      setting.hostile,
    )
    expect(said).toEqual(['outputs', 'params.json', 'outputs'])
  })
})

test('an image of which no container can be made fails as the model, and makes no host unwell', async () => {
  const { director } = setting
  const folder = await mkdtemp(join(tmpdir(), 'carya-image-'))
  const tags: string[] = []
  for (const said of [
    'VOLUME /proc',
    'VOLUME /sbin',
    'RUN mkdir -p /carya/params.json',
    'RUN touch /carya',
    'RUN rm -rf /tmp; ln -s tmp /tmp',
    'RUN rm -rf /tmp; ln -s / /tmp',
    'RUN rm -rf /tmp; ln -s /proc /tmp',
    'RUN rm -rf /tmp; ln -s /dev /tmp',
  ]) {
    const tag = `carya/test-model:unrunnable-${setting.installation.name}-${tags.length}`
    await writeFile(join(folder, 'Dockerfile'), `FROM ${TEST_IMAGE}\n${said}\n`)
    await buildImage(engine(), folder, [], tag)
    tags.push(tag)
    const { Id } = await engine().getImage(tag).inspect()
    const job = await director.offer(director.job('true', { image: { name: tag, digest: Id, by: 'id' } }))
    expect([said, (await director.finished(job)).failure?.kind]).toEqual([said, 'model_error'])
  }
  const next = await director.offer(director.job('true'))
  expect((await director.finished(next)).outcome).toBe('succeeded')
  expect((await director.beat(() => true)).unwell).toBeUndefined()
  await Promise.all(tags.map((tag) => engine().getImage(tag).remove({ force: true })))
  await rm(folder, { recursive: true, force: true })
})
