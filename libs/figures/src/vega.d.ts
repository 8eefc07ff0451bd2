/**
 * The little of Vega that is used. Its own types need those of a browser and do not pass this repository's strict
 * options, so `paths` in `tsconfig.json` names this file in their place. What is drawn is checked against Vega-Lite's
 * schema in `figure.test.ts`.
 */
type Loader = { load: (uri: string) => Promise<string>; sanitize: (uri: string) => Promise<{ href: string }> }
type TextItem = { fontSize?: number; fontWeight?: string | number }

export type Logger = Record<
  'level' | 'error' | 'warn' | 'info' | 'debug',
  (...words: readonly unknown[]) => Logger
>
/** How wide text is, asked wherever place is kept for it. */
export const textMetrics: { width: (item: TextItem, text: string | number | null | undefined) => number }
export function parse(spec: object): object
export class View {
  constructor(runtime: object, options: { renderer: 'none'; loader: Loader; logger: Logger })
  toSVG(): Promise<string>
  finalize(): this
}
