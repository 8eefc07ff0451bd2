/** Archives as bytes, also such as no good program writes. */
import { crc32, gzipSync } from 'node:zlib'

export type InTar = {
  name: string
  type?: string
  content?: string | Uint8Array
  mode?: number
  link?: string
}

/** A tar archive in the old POSIX form. `type`: its flag, `0` a file, `5` a folder, `2` a link. */
export function tarOf(...entries: InTar[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)])
}

export const tarGzOf = (...entries: InTar[]): Buffer => gzipSync(tarOf(...entries))

function tarEntry({ name, type = '0', content = '', mode = 0o644, link = '' }: InTar): Buffer {
  const body = Buffer.from(content)
  const header = Buffer.alloc(512)
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')
  header.write(name, 0, 100)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(body.byteLength, 11), 124)
  header.write(octal(0, 11), 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(link, 157, 100)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.byteLength % 512)) % 512)])
}

export type InZip = { name: string; content?: string; mode?: number; crc?: number }

/** A zip archive, nothing in it packed, with the modes of Unix. */
export function zipOf(...entries: InZip[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content = '', mode = 0o100_644, crc = crc32(content) } of entries) {
    const [title, body] = [Buffer.from(name), Buffer.from(content)]
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt32LE(crc, 14)
    local.writeUInt32LE(body.byteLength, 18)
    local.writeUInt32LE(body.byteLength, 22)
    local.writeUInt16LE(title.byteLength, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE((3 << 8) | 20, 4)
    central.writeUInt16LE(20, 6)
    local.copy(central, 16, 14, 28)
    central.writeUInt32LE((mode << 16) >>> 0, 38)
    central.writeUInt32LE(at, 42)
    parts.push(local, title, body)
    directory.push(central, title)
    at += local.byteLength + title.byteLength + body.byteLength
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listing.byteLength, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, listing, end])
}
