/**
 * The policy of this host that `up --policy` is given: checked, kept with the installation, and put where the stack's
 * worker reads it. The worker reads it at its start only: a file of another name makes compose start it anew.
 */
import { readPolicy } from '@carya/contracts/policy-file'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import type { Home } from './home.ts'
import type { Owner } from './owner.ts'
import { secretFile } from './secrets.ts'

/** `text` is absent where there is to be none from now on. */
export type GivenPolicy = { text: string | undefined }

/** The word for no policy: nothing is allowed. */
const NONE = 'none'
const NAME = /^policy-[0-9a-f]+\.yaml$/

/** What `--policy` names; fails as wrong use where it cannot be read, or is not right, with each fault's place. */
export async function givenPolicy(file: string): Promise<GivenPolicy> {
  if (file === NONE) return { text: undefined }
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailure(exitCodes.usage, { title: 'The policy cannot be read.', detail: error.message })
  })
  const read = readPolicy(text)
  if ('policy' in read) return { text }
  throw new CommandFailure(exitCodes.usage, {
    title: `${file} is no policy of a host`,
    errors: read.faults.map(({ place, detail }) => ({ path: `${file}:${place}`, detail })),
    help: ['docs/security.md says what a policy may say.'],
  })
}

/** Where the stack's worker finds this policy. */
export function policyPath(text: string): string {
  return `/run/carya/${nameOf(text)}`
}

/** Puts it there, and takes away the one before; none where `text` is absent. */
export async function writePolicy(home: Home, text: string | undefined, reader: Owner): Promise<void> {
  const folder = join(home.secrets, 'worker')
  const name = text === undefined ? undefined : nameOf(text)
  for (const each of await readdir(folder)) if (NAME.test(each) && each !== name) await rm(join(folder, each))
  if (text !== undefined) await secretFile(join(folder, nameOf(text)), text, reader)
}

function nameOf(text: string): string {
  return `policy-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.yaml`
}
