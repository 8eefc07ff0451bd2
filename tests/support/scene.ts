/**
 * Models for the tests of faults, as lines of shell. They leave what tells whose outputs they are (`judge/run-judged.ts`):
 * the name of their container, and a random word.
 */

const WORD = 'echo "{\\"word\\": $(od -An -N3 -tu4 /dev/urandom)}" > metrics.json'

/** Runs until there is a file `go` among its outputs. */
export const WAITING = `hostname > who; until [ -e go ]; do sleep 0.05; done; ${WORD}`
/** Runs for so many seconds, or as many as this says in the shell. */
export const lasting = (seconds: number | string): string => `hostname > who; sleep ${seconds}; ${WORD}`
