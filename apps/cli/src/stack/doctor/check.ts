/** What one check of `carya doctor` says. */
export type Check = {
  name: string
  /** `warning`: Carya works, but not as well as it could; `missing`: it does not work. */
  result: 'ok' | 'warning' | 'missing'
  detail: string
  /** How to mend it. */
  mend?: string
}

export const ok = (name: string, detail: string): Check => ({ name, result: 'ok', detail })

export const warning = (name: string, detail: string, mend: string): Check => ({
  name,
  result: 'warning',
  detail,
  mend,
})

export const missing = (name: string, detail: string, mend: string): Check => ({
  name,
  result: 'missing',
  detail,
  mend,
})
