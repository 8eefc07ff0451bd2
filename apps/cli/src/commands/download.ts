/**
 * Writes an output into a folder, and nowhere else. Its name was chosen by a model, so it may try to climb out, and
 * what lies in the folder already may be a link that leads elsewhere.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

/**
 * The path written to, and its size: complete, or not there at all; one of the same name is replaced. The content is
 * asked for only once the place is known to be right.
 */
export async function download(
  content: () => Promise<AsyncIterable<Uint8Array>>,
  folder: string,
  name: string,
  took: (bytes: number) => void,
): Promise<{ path: string; bytes: number }> {
  const steps = name.split('/')
  if (
    steps.some(
      (step) => step === '' || step === '.' || step === '..' || step.includes('\0') || step.includes(sep),
    )
  )
    throw outside(name, folder)
  await mkdir(folder, { recursive: true })
  const root = await realpath(folder)
  const target = join(root, ...steps)
  await makeInside(root, steps.slice(0, -1), () => outside(name, folder))
  const draft = join(dirname(target), `.${randomBytes(8).toString('hex')}.part`)
  let bytes = 0
  try {
    await using file = await open(draft, 'wx')
    for await (const chunk of await content()) {
      await file.writeFile(chunk)
      bytes += chunk.byteLength
      took(chunk.byteLength)
    }
    // a link of this name is replaced, not followed
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  return { path: target, bytes }
}

/** Makes the folders one by one, refusing one that is a link out. */
async function makeInside(root: string, steps: readonly string[], refusal: () => Error): Promise<void> {
  let at = root
  for (const step of steps) {
    at = join(at, step)
    await mkdir(at).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
    if ((await realpath(at)) !== at) throw refusal()
  }
}

function outside(name: string, folder: string): CommandFailure {
  return new CommandFailure(exitCodes.failed, {
    title: 'An output was not written',
    errors: [{ path: name, detail: `it would lie outside ${folder}` }],
  })
}
