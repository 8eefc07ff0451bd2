/** Names and texts in SQL. DuckDB knows no escapes but the doubled quote; a NUL would end a statement early. */

export function quoted(name: string): string {
  if (name.includes('\0')) throw new Error('a NUL in a name')
  return `"${name.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  if (text.includes('\0')) throw new Error('a NUL in a text')
  return `'${text.replaceAll("'", "''")}'`
}

export function list(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`
}
