type Write = (fields: object, message: string) => void

/** Where this library tells what happens to its connections and channels; a pino logger fits. */
export type Log = { debug: Write; info: Write; warn: Write; error: Write }
