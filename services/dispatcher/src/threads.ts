/**
 * Node's threads for files, which also look up host names. A call to a store that hangs (a file server that is gone)
 * keeps its thread until the store answers; with Node's own four a few ended runs, whose records wait to be written,
 * would keep us from the broker and from Redis, which could not be connected again. So there are many threads, cheap
 * while they have nothing to do (set here: this module must be the first that the process loads, before anything has
 * used them), and of each kind of call only so many go on at once (calm-store.ts). What is left hears names.
 */
const THREADS = 256
/** Records of ended runs that are being written. */
export const RECORDS = 32
/** Files that are looked at: records of runs, outputs, logs. */
export const LOOKS = 96
export const UPLOADS = 64

process.env['UV_THREADPOOL_SIZE'] ??= String(THREADS)
