/** What made a run's outputs, in a few lines: the image by its whole digest, engine, versions, and inputs by their hashes. */
import type { RunView } from '@carya/contracts'
import { shortId } from '../client/find-run.ts'
import { bytesText } from '../terminal/text.ts'

/** Names and what is known of each; hashes are whole, for they are there to be compared. */
export function provenanceLines({ image, inputs, attempts, reproduces }: RunView): [string, string][] {
  const last = attempts.at(-1)
  const versions = [last?.engine, last?.version && `Carya ${last.version}`].filter(Boolean)
  const read = last?.inputs ?? {}
  return [
    ['image', `${image.name} ${image.digest}`],
    ...(versions.length === 0 ? [] : [['engine', versions.join(', ')] satisfies [string, string]]),
    ...(reproduces === undefined ? [] : [['reproduces', shortId(reproduces)] satisfies [string, string]]),
    ...Object.entries(inputs).flatMap(([name, { sha256: given }]): [string, string][] => {
      const { sha256 = given, bytes } = read[name] ?? {}
      if (sha256 === undefined) return []
      const size = bytes === undefined ? '' : ` ${bytesText(bytes)}`
      return [['input', `${name} sha256:${sha256}${size}`]]
    }),
  ]
}
