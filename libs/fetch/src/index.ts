export { fetchUrl, openUrl, type Fetched, type FetchOptions } from './fetch-url.ts'
export type { Validators } from './validators.ts'
