/** The shell blocks of a page, run as a reader would: one after another in one shell. */
import { readFile } from 'node:fs/promises'

/** Every block that is marked as `bash`, in order. */
export async function shellBlocks(page: URL): Promise<string[]> {
  const text = await readFile(page, 'utf8')
  return Array.from(text.matchAll(/^```bash\n([^]*?)^```$/gm), ([, block = '']) => block)
}

/** One script of all blocks, which ends with the first command that fails; what it says names the block before it. */
export function scriptOf(blocks: readonly string[]): string {
  const parts = blocks.map(
    (block, at) => `echo '--- block ${at + 1}'; echo '--- block ${at + 1}' >&2\n${block}`,
  )
  return ['set -euo pipefail', ...parts].join('\n')
}
