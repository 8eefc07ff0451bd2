/**
 * Node's threads for files, which also look up host names. A call to a store that hangs (a file server that is gone)
 * keeps its thread until the store answers; with Node's own four a few such calls would end everything, down to the
 * connection to the broker, which could not be made again. So
 * - there are many threads, cheap while they have nothing to do: set here, and this module must be the first that the
 *   process loads, before anything has used them;
 * - what is done for attempts takes turns, so many that no more than part of the threads can hang: each preparation
 *   needs up to 7 at once (2 inputs, each read and written; parameter files, `params.json` and `job.json`), each log one.
 * What is left hears names. So 24 attempts may hang in their preparation, and 48 in their logs, before others wait.
 */
const THREADS = 256
export const PREPARATIONS = 24
export const LOG_CALLS = 48

process.env['UV_THREADPOOL_SIZE'] ??= String(THREADS)
