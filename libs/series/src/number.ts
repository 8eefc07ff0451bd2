const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?\s*$/

/** Fortran leaves the letter out where the exponent has three digits: 0.1234567-101. */
const BARE_EXPONENT = /^(\s*[+-]?(?:\d+\.\d*|\.\d+))([+-]\d{3}\s*)$/

/** No program writes a number in more characters, and who reads a hostile file does not go through them all. */
const LONGEST = 512

/**
 * NaN for what is no finite number in decimal digits, in at most 512 characters. Fortran's 1.0D-07 and 0.1-101 are read
 * too.
 */
export function numberOf(text: string): number {
  if (text.length > LONGEST) return Number.NaN
  const isPlain = NUMBER.test(text)
  const written = isPlain ? text.replace(/[dD]/, 'e') : text.replace(BARE_EXPONENT, '$1e$2')
  if (!isPlain && written === text) return Number.NaN
  const value = Number(written)
  return Number.isFinite(value) ? value : Number.NaN
}
