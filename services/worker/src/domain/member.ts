/** The run id of a member tells its ensemble and index. */
export function withMember<T extends { run: string }>(token: T): T & { ensemble?: string; index?: number } {
  const [ensemble = '', index] = token.run.split('-')
  return index === undefined ? token : { ...token, ensemble, index: Number(index) }
}
