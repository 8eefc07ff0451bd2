import { readFile, stat } from 'node:fs/promises'

export type NoText = { detail: string; line: number; column: number }

/** The text of a regular file in UTF-8 without NUL, of so many bytes at most; or what is wrong with it, and where. */
export async function readText(file: string, most: number): Promise<{ text: string } | NoText> {
  try {
    const stats = await stat(file)
    // a device or a pipe may never end
    if (!stats.isFile()) return wrong('it is no regular file')
    if (stats.size > most) return wrong(`it has ${stats.size} bytes; ${most} are the most`)
    const bytes = await readFile(file)
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    if (!bytes.equals(Buffer.from(text))) return wrong('it is not in UTF-8', text.split('\uFFFD')[0])
    if (text.includes('\0')) return wrong('it is no text: here is a NUL', text.split('\0')[0])
    return { text }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return wrong('there is no such file')
    return wrong(error instanceof Error ? error.message : String(error))
  }
}

/** The fault behind the text before it. */
function wrong(detail: string, before = ''): NoText {
  const lines = before.split('\n')
  return { detail, line: lines.length, column: lines.at(-1)!.length + 1 }
}
