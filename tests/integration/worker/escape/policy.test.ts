/** What a host's policy lets models do beyond the isolation that all have, and what without it nobody may. */
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, Setup } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../../support/until.ts'
import { containersOf } from '../containers-of.ts'
import { bridgeAddress, open, type Setting } from './setting.ts'

const MIB = 2 ** 20
const POLICY = `
models:
  shell@1: { network: outbound, writable: true, runtimes: [runc, none-such] }
  "quiet-*": { writable: true }
`
let setting: Setting
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-policy-'))
  setting = await open({ CARYA_POLICY: await policyFile('policy', POLICY) })
})
afterAll(async () => {
  await setting[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function policyFile(name: string, text: string): Promise<string> {
  const path = join(folder, `${name}.yaml`)
  await writeFile(path, text)
  return path
}

const asking = (isolation: NonNullable<Setup['isolation']>, more: Setup = {}): Partial<Job> => ({
  setup: { ...more, isolation },
  needs: ['setup', 'isolation'],
})

describe('a way out', () => {
  /** What a model says that asks a server and a resolver on the bridge, and what these heard of it. */
  async function reaching(more: Partial<Job>): Promise<{ said: string[]; heard: string[] }> {
    const host = await bridgeAddress()
    const heard: string[] = []
    const server = createServer((request, response) => {
      heard.push(`http ${request.url}`)
      response.end('hello\n')
    })
    const resolver = createSocket('udp4', (question) => heard.push(`udp ${question.toString()}`))
    server.listen(0, host)
    resolver.bind(0, host)
    await Promise.all([once(server, 'listening'), once(resolver, 'listening')])
    const at = server.address()
    const port = typeof at === 'object' ? at?.port : undefined
    const said = await setting.says(
      `perl -MIO::Socket::INET -e '
        my ($host, $tcp, $udp) = @ARGV;
        my $server = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $tcp, Timeout => 5);
        if ($server) { print $server "GET /model HTTP/1.0\\r\\n\\r\\n"; print((<$server>)[-1]) }
        else { print "none\\n" }
        my $resolver = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $udp, Proto => "udp");
        print $resolver && $resolver->send("question") ? "sent\\n" : "unsent\\n";
        print IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $tcp, Timeout => 2) ? "loopback\\n" : "none\\n";
      ' ${host} ${port} ${resolver.address().port}
      ls /sys/class/net; grep CapEff /proc/self/status | cut -f2; id -u`,
      { ...setting.hostile, ...more },
    )
    if (said.includes('sent')) await until('what was sent is heard', () => heard.includes('udp question'))
    server.close()
    resolver.close()
    return { said, heard }
  }

  test('leads to a server on the bridge, by TCP and UDP, and gives nothing else', async () => {
    const { said, heard } = await reaching(asking({ network: 'outbound' }))
    expect(said).toEqual(['hello', 'sent', 'none', 'eth0', 'lo', '0000000000000000', '10001'])
    expect(heard.toSorted()).toEqual(['http /model', 'udp question'])
  })

  test('has nobody who does not ask for it: servers and resolvers hear nothing', async () => {
    const { said, heard } = await reaching({})
    expect(said).toEqual(['none', 'unsent', 'none', 'lo', '0000000000000000', '10001'])
    expect(heard).toEqual([])
  })
})

test.each([
  ['a way out', 'lake@1', { network: 'outbound' as const }, 'network: outbound'],
  ['another version', 'shell@2', { writable: ['/var/x'] }, 'writable: /var/x'],
  [
    'only some of it',
    'quiet-pond@1',
    { writable: ['/x'], network: 'outbound' as const },
    'network: outbound',
  ],
  ['a runtime that the engine lacks', 'shell@1', { runtime: 'none-such' }, 'runtime: none-such'],
])(
  'what the policy does not allow is declined, and costs nothing: %s',
  async (_what, model, isolation, told) => {
    const { director } = setting
    const job = await director.offer(director.job('true', { model, ...asking(isolation) }))
    expect(await director.report('declined', job)).toMatchObject({
      reason: `this host's policy does not allow ${told}`,
    })
    expect(await containersOf(job.run)).toEqual([])
  },
)

test('folders in memory can be written, and share what /tmp would have; the rest stays as it is', async () => {
  const said = await setting.says(
    `pwd; touch x && echo here
    for d in /opt/model /var/cache/model /opt / /carya /bin; do touch $d/x 2>/dev/null && echo "wrote $d"; done
    for d in /tmp /opt/model /var/cache/model; do
      dd if=/dev/zero of=$d/fill bs=64k 2>&1 | grep -o 'No space.*'; du -m $d/fill | cut -f1
    done
    cat /proc/mounts | grep /opt/model | cut -d' ' -f4 | tr , '\\n' | grep -E '^(nosuid|nodev)$'`,
    {
      ...asking({ writable: ['/opt/model', '/var/cache/model'] }, { workdir: '/opt/model' }),
      resources: { cpus: 1, memory: 96 * MIB },
    },
  )
  const full = ['No space left on device', '16']
  expect(said).toEqual([
    '/opt/model',
    'here',
    'wrote /opt/model',
    'wrote /var/cache/model',
    ...full,
    ...full,
    ...full,
    'nosuid',
    'nodev',
  ])
})

test('a runtime goes by its name, and heartbeats tell what is allowed and can be had', async () => {
  const { director } = setting
  const job = await director.offer(director.job('echo runs', asking({ runtime: 'runc' })))
  expect(await director.finished(job)).toMatchObject({ outcome: 'succeeded', logTail: 'runs\n' })
  const { policy } = await director.beat(() => true)
  expect(policy).toEqual({
    models: {
      'shell@1': { network: 'outbound', writable: true, runtimes: ['runc'] },
      'quiet-*': { writable: true },
    },
  })
})

describe('a policy that is not right', () => {
  test('ends the start with 78, and tells each fault with line and column', async () => {
    const path = await policyFile('bad', 'models:\n  pond:\n    network: all\n    privileged: true\n')
    const main = new URL('../../../../services/worker/src/main.ts', import.meta.url).pathname
    const { status, stderr } = spawnSync(process.execPath, [main], {
      env: {
        CARYA_AMQP_URL: 'amqp://worker-w2:x@127.0.0.1:1/x',
        CARYA_WORKER: 'w2',
        CARYA_INSTALLATION: 'test',
        CARYA_STORE: folder,
        CARYA_POLICY: path,
      },
    })
    expect(status).toBe(78)
    expect(stderr.toString().split('\n')).toEqual([
      "the host's policy is not right:",
      `  ${path}:3:5 models.pond.network: outbound, or nothing`,
      `  ${path}:4:5 privileged: no policy can allow this (docs/security.md)`,
      '',
    ])
  })

  test('so does a runtime for all models that the engine does not have', async () => {
    const path = await policyFile('runtime', 'runtime: none-such\n')
    await expect(setting.installation.worker('w2', { CARYA_POLICY: path })).rejects.toThrow(
      /the engine has no runtime none-such, which models are to have; it has .*runc/,
    )
  })
})
