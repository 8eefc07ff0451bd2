/** Text as it is pushed in, cut into lines: LF, counted from 1 as an editor counts them. */

/** Of one line, or of what belongs together, in characters. */
export const MOST_CHARACTERS = 2 ** 20

/** Something so long that it cannot be meant: a quote was left open, or this is no table. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
  readonly line: number

  constructor(line: number) {
    super(`more than ${MOST_CHARACTERS} characters in one record`)
    this.line = line
  }
}

export class Lines {
  readonly #take: (line: string, number: number) => void
  #number = 0
  #rest = ''

  /** `take` is given each line without its LF, the first one without a byte order mark. */
  constructor(take: (line: string, number: number) => void) {
    this.#take = take
  }

  /** Throws `TooLong` where a line does not end. */
  write(text: string): void {
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = this.#rest === '' ? text.slice(start, end) : this.#rest + text.slice(start, end)
      this.#rest = ''
      start = end + 1
      this.#give(line)
    }
    this.#rest += text.slice(start)
    if (this.#rest.length > MOST_CHARACTERS) throw new TooLong(this.#number + 1)
  }

  /** The last line, where no LF ends it. */
  end(): void {
    if (this.#rest !== '') this.#give(this.#rest)
    this.#rest = ''
  }

  #give(raw: string): void {
    this.#number += 1
    this.#take(this.#number === 1 && raw.startsWith('\uFEFF') ? raw.slice(1) : raw, this.#number)
  }
}

/** Lines that are passed over: the first so many, and those that begin with a character, blanks before it or not. */
export type Passed = { skip?: number | undefined; comment?: string | undefined }

export function isPassed(line: string, number: number, { skip = 0, comment }: Passed): boolean {
  if (number <= skip) return true
  return comment !== undefined && (line.startsWith(comment) || line.trimStart().startsWith(comment))
}
