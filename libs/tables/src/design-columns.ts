/** How parameters are named in design tables on the disk: DuckDB knows no case, and `index` is taken. */

export const PARAM = 'param.'

/** A parameter called `index`, in whatever case, is `param.<name>`; no name has a dot but those of inputs. */
export function designColumn(name: string): string {
  return name.toLowerCase() === 'index' ? `${PARAM}${name}` : name
}
