/**
 * Node's threads for files, which also look up host names. A call to a store that hangs (a file server that is gone)
 * keeps its thread until the store answers; with Node's own four a few such calls would end everything, down to the
 * connection to the broker, which could not be made again. So
 * - there are many threads, cheap while they have nothing to do: set here, and this module must be the first that the
 *   process loads, before anything has used them;
 * - what is done for attempts takes turns, so many that no more than part of the threads can hang: files of preparations
 *   (up to three are written at once, or one is read and another written), inputs that are fetched, each one, and logs,
 *   each one, and the record of each end. What is left hears names.
 * A transfer is bounded by itself: it may take hours, and must keep no other run from the disk.
 */
const THREADS = 256
export const PREPARATIONS = 48
export const FETCHES = 24
export const LOG_CALLS = 48
export const RECORDS = 16

process.env['UV_THREADPOOL_SIZE'] ??= String(THREADS)
