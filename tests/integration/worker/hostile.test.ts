/** Models that mean harm: what they can reach, and what becomes of what they leave. */
import { createServer } from 'node:http'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install, type Installation } from '../../support/stack.ts'
import { direct, type Director } from './director.ts'
import { bridgeAddress } from './escape/setting.ts'

let installation: Installation
let director: Director

beforeAll(async () => {
  installation = await install()
  director = await direct(installation)
  director.welcome('w1')
  await installation.worker('w1', { CARYA_WORKER_CPUS: '4' })
})
afterAll(async () => {
  await director[Symbol.asyncDispose]()
  await installation[Symbol.asyncDispose]()
})

describe('from inside its container a model', () => {
  /** Each line of the script prints what it finds out; all of it comes back with the log. */
  async function says(script: string): Promise<string[]> {
    const job = await director.offer(director.job(script))
    const { logTail } = await director.finished(job)
    return logTail.trimEnd().split('\n')
  }

  test('reaches no network', async () => {
    const server = createServer((_request, response) => response.end('secret'))
    await new Promise<void>((listening) => server.listen(0, '0.0.0.0', () => listening()))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const said = await says(`
      for host in 127.0.0.1 ${await bridgeAddress()}; do
        timeout 2 wget -q -O - http://$host:${port}/ 2>/dev/null || echo none
      done; ls /sys/class/net`)
    server.close()
    expect(said).toEqual(['none', 'none', 'lo'])
  })

  test('writes nowhere but in its outputs, /tmp and /dev/shm', async () => {
    const said = await says(`
      for d in / /bin /etc /carya /carya/inputs /data /proc /sys /dev /run /var; do
        touch $d/x 2>/dev/null && echo "wrote $d"
      done
      (echo x > /carya/params.json) 2>/dev/null && echo "wrote params"
      for d in /carya/outputs /tmp /dev/shm; do touch $d/x && echo "may write $d"; done`)
    expect(said).toEqual(['may write /carya/outputs', 'may write /tmp', 'may write /dev/shm'])
  })

  test('is nobody: no root, no capabilities, no new privileges, few limits to play with', async () => {
    const said = await says(`
      id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'
      ulimit -c; ulimit -n; echo $HOME $OMP_NUM_THREADS; cat /proc/1/comm; pwd`)
    expect(said).toEqual(
      [
        '10001',
        'CapBnd:0000000000000000',
        'CapEff:0000000000000000',
        'NoNewPrivs:1',
        'Seccomp:2',
        '0',
        '4096',
        '/tmp 1',
        'docker-init',
        '/carya/outputs',
      ].toSorted(byOrder(said)),
    )
  })

  test('does not see the engine, other runs, or the host', async () => {
    const said = await says(`
      ls /var/run/docker.sock ${installation.store} 2>/dev/null; ls /carya; ls /proc | grep -c '^[0-9]'`)
    expect(said.slice(0, -1)).toEqual(
      ['inputs', 'outputs', 'params.json'].filter((name) => said.includes(name)),
    )
    expect(Number(said.at(-1))).toBeLessThan(8)
  })

  /** The kernel's order of status lines is its own affair. */
  function byOrder(said: string[]) {
    return (a: string, b: string) => said.indexOf(a) - said.indexOf(b)
  }
})

describe('what a model leaves', () => {
  test('[23] links, FIFOs, devices, setuid and sparse files hang nothing and lead nowhere', async () => {
    const job = await director.offer(
      director.job(`
        for i in 1 2 3 4 5 6; do mkfifo fifo$i; done
        ln -s /etc/shadow shadow; ln -s / root; ln -s ../../.. up; ln -s loop loop; mkdir -p d/e; ln -s / d/e/root
        cp /bin/busybox su; chmod 4755 su; dd if=/dev/zero of=sparse bs=1 count=0 seek=10G 2>/dev/null
        mkdir closed; echo x > closed/x; chmod 000 closed/x; chmod 500 closed
        ln -s /etc/passwd metrics.json; echo fine > good.csv; exit 0`),
    )
    const finished = await director.finished(job)
    expect(finished.outputs.map(({ name }) => name)).toEqual(['closed/x', 'good.csv', 'sparse', 'su'])
    expect(finished).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'output_error', detail: 'metrics.json is not a regular file' },
      outputsTotal: 4,
    })
    expect(finished.notes?.join()).toContain('12 entries')
    const next = await director.offer(director.job('echo "{}" > metrics.json'))
    expect((await director.finished(next)).outcome).toBe('succeeded')
  })

  test('[23, 26] a FIFO as metrics.json, and one that is too large, are bad outputs', async () => {
    const fifo = await director.offer(director.job('mkfifo metrics.json'))
    expect((await director.finished(fifo)).failure).toEqual({
      kind: 'output_error',
      detail: 'metrics.json is not a regular file',
    })
    const large = await director.offer(
      director.job('dd if=/dev/zero of=metrics.json bs=1M count=20 2>/dev/null'),
    )
    expect((await director.finished(large)).failure?.detail).toMatch(/^metrics\.json has 20971520 bytes/)
  })

  test('[25] thousands of files are counted, and a thousand of them listed', async () => {
    const job = await director.offer(director.job('mkdir m; cd m; seq 1 3000 | xargs touch'))
    const finished = await director.finished(job)
    expect(finished).toMatchObject({ outcome: 'succeeded', outputsTotal: 3000, outputs: { length: 1000 } })
    expect(finished.notes).toContain('1000 of 3000 outputs are listed')
  })

  test('is deletable by whoever owns the store', async () => {
    const job = await director.offer(director.job('mkdir d; echo x > d/x'))
    const { folder } = await director.finished(job)
    const store = await stat(installation.store)
    for (const path of [folder, `${folder}/outputs`, `${folder}/outputs/d/x`])
      expect((await stat(join(installation.store, path))).uid).toBe(store.uid)
  })
})

describe('what a model says', () => {
  test('[26] 50 MB of it are kept, and the last of it is in the report', async () => {
    const job = await director.offer(
      director.job(
        'yes "0123456789012345678901234567890123456789012345678" | head -n 1000000; echo the end',
        {
          resources: { cpus: 2, memory: 64 * 2 ** 20 },
        },
      ),
    )
    const { outcome, logTail, folder, notes } = await director.finished(job)
    expect(outcome).toBe('succeeded')
    expect(notes).toBeUndefined()
    expect(logTail.length).toBe(8192)
    expect(logTail.endsWith('\nthe end\n')).toBe(true)
    expect((await stat(join(installation.store, folder, 'log.txt'))).size).toBe(50_000_008)
  })

  test('more than the log holds is cut where it is told', async () => {
    const job = await director.offer(
      director.job(
        'dd if=/dev/zero bs=1M count=80 2>/dev/null | tr "\\000" x | fold -w 99; echo; echo the end',
        {
          resources: { cpus: 2, memory: 64 * 2 ** 20 },
        },
      ),
    )
    const { outcome, logTail, folder, notes } = await director.finished(job)
    expect(outcome).toBe('succeeded')
    expect(logTail.endsWith('\nthe end\n')).toBe(true)
    expect(notes?.join()).toMatch(/log\.txt ends after \d+ bytes; \d+ more were cut/)
    const kept = await readFile(join(installation.store, folder, 'log.txt'), 'latin1')
    expect(kept.slice(-60)).toMatch(/\n\[carya: \d+ more bytes were cut here\]\n$/)
  })
})
