export { fetchUrl, type FetchOptions } from './fetch-url.ts'
