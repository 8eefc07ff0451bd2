/**
 * Addresses that a URL of a stranger's must not make the worker fetch from: this host, its neighbours, and the
 * services that clouds offer their machines (which hand out credentials).
 */
import { BlockList, isIP } from 'node:net'

const V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/**
 * `fec0::/10` is an older form of `fc00::/7`; from `::/96` on they embed IPv4 addresses, which no public server is
 * reached by in this form, `64:ff9b:1::/48` by the translators of a network's own (RFC 8215).
 */
const V6 = [
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
]

// a list of their own for each: the one of both takes every IPv4 address for one that is embedded
const [blockedV4, blockedV6] = [new BlockList(), new BlockList()]
for (const range of V4) add(blockedV4, range, 'ipv4')
for (const range of V6) add(blockedV6, range, 'ipv6')

/** True also for what is no address at all. */
export function isPrivate(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return blockedV4.check(address, 'ipv4')
    case 6:
      return blockedV6.check(address, 'ipv6')
    default:
      return true
  }
}

function add(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [address = '', bits = ''] = range.split('/')
  list.addSubnet(address, Number(bits), family)
}
