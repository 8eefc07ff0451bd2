/** What an image is built from, as its Dockerfile says. */

/** The images that a Dockerfile begins its stages from; not `scratch`, nor its own stages. */
export function basesOf(dockerfile: string): string[] {
  const args = new Map<string, string>()
  const stages = new Set<string>()
  const bases = new Set<string>()
  for (const line of dockerfile.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const arg = /^\s*ARG\s+(\w+)=("?)(.*?)\2\s*$/i.exec(line)
    // only those before the first stage count in FROM
    if (arg && bases.size === 0 && stages.size === 0) args.set(arg[1]!, arg[3]!)
    const from = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$/i.exec(line)
    if (!from) continue
    const base = filledIn(from[1]!, args)
    if (base !== 'scratch' && !stages.has(base.toLowerCase())) bases.add(base)
    if (from[2] !== undefined) stages.add(from[2].toLowerCase())
  }
  return [...bases]
}

function filledIn(word: string, args: ReadonlyMap<string, string>): string {
  return word.replaceAll(
    /\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (_, braced?: string, usual?: string, bare?: string) => args.get(braced ?? bare ?? '') ?? usual ?? '',
  )
}
