/** Labels of a query, `name=value` each, by name. */
export function pairs(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.map((label) => [label.slice(0, label.indexOf('=')), label.slice(label.indexOf('=') + 1)]),
  )
}
