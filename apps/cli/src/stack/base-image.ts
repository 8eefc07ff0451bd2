/**
 * The base of all images built here: Debian 13, slim. From a registry where one is in reach, else made on this machine
 * by debootstrap from the Debian mirror that apt is set up with.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { inspectImage, SOURCE_LABEL, splitTag } from './build-image.ts'
import type { Docker } from './engine.ts'
import { isOnPath, lastLines, runProgram } from './run-program.ts'

export const BASE_IMAGE = 'debian:trixie-slim'

/** A release of Debian, the name its image gets, and settings for its apt, if it needs any. */
export type Release = { suite: string; name: string; aptConfig?: string }

export const TRIXIE: Release = { suite: 'trixie', name: BASE_IMAGE }

/** The release whose slim image has this name; undefined where it is no such image. */
export function releaseOf(name: string): Release | undefined {
  const suite = /^debian:([a-z]+)-slim$/.exec(name)?.[1]
  return suite === undefined ? undefined : { suite, name }
}

/** debootstrap says one line for each package it retrieves, validates, extracts, unpacks and configures. */
const LINES_EXPECTED = 480

/**
 * The Debian mirror among apt's sources, given as lines `URI ORIGIN`; undefined where there is none: then debootstrap
 * takes the public one it knows.
 */
export function debianMirror(lines: string): string | undefined {
  for (const line of lines.split('\n')) {
    const [uri = '', origin] = line.trim().split(/\s+/)
    if (origin === 'Debian' && /^https?:/.test(uri) && !/security/.test(uri)) return uri.replace(/\/+$/, '')
  }
  return undefined
}

/** Whether this machine can make the base image itself; else what is missing. */
export async function canBootstrap(): Promise<true | string> {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'that needs root'
  return (await isOnPath('debootstrap')) || 'debootstrap is not installed'
}

/** Makes a base image under its official name. */
export async function bootstrapBase(
  docker: Docker,
  onStep: (text: string, share?: number) => void,
  { suite, name, aptConfig }: Release = TRIXIE,
): Promise<void> {
  const { output } = await runProgram('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(ORIGIN)',
    'Created-By: Packages',
  ])
  const mirror = debianMirror(output)
  const folder = await mkdtemp(join(tmpdir(), 'carya-base-'))
  try {
    let seen = 0
    const ended = await runProgram(
      'debootstrap',
      [
        '--variant=minbase',
        '--include=ca-certificates',
        suite,
        folder,
        ...(mirror === undefined ? [] : [mirror]),
      ],
      {
        onLine(line) {
          seen += 1
          onStep(line.replace(/^I: /, ''), Math.min(0.95, seen / LINES_EXPECTED))
        },
      },
    )
    if (ended.code !== 0)
      throw new CommandFailure(exitCodes.failed, {
        title: `${name} could not be made from Debian's packages.`,
        detail: lastLines(ended.output, 8).join('\n'),
        help: [
          `It is made by debootstrap, for no registry is in reach. Is ${suite} a release of Debian?`,
          `Or bring the image over, with docker save and docker load.`,
        ],
      })
    for (const path of [
      'var/cache/apt',
      'var/lib/apt/lists',
      'usr/share/doc',
      'usr/share/man',
      'usr/share/locale',
    ]) {
      await rm(join(folder, path), { recursive: true, force: true })
    }
    if (aptConfig) await writeFile(join(folder, 'etc/apt/apt.conf.d/90carya'), aptConfig)
    await importFolder(docker, folder, name)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function importFolder(docker: Docker, folder: string, name: string): Promise<void> {
  const [repo, tag] = splitTag(name)
  const tar = spawn('tar', ['--numeric-owner', '-C', folder, '-cf', '-', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const answer = await docker.importImage(tar.stdout, {
    repo,
    tag,
    changes: ['CMD ["bash"]', `LABEL ${SOURCE_LABEL}=debootstrap`],
  })
  for await (const line of createInterface({ input: answer })) {
    const { error }: { error?: string } = JSON.parse(line)
    if (error) throw new Error(error)
  }
  if (!(await inspectImage(docker, name))) throw new Error(`the engine did not keep ${name}`)
}
