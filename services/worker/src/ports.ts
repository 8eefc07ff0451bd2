/** What the worker needs from the world, in its own words: no type of the engine's or the broker's crosses this page. */
import type {
  EngineRead,
  Failure,
  Finished,
  Heartbeat,
  InputRead,
  Job,
  PinnedImage,
  Token,
  WorkerReport,
} from '@carya/contracts'
import type { AttemptPlace } from '@carya/store'
import type { Ending } from './domain/attempt.ts'
import type { ContainerSpec } from './domain/isolation.ts'
import type { OutputsAsked } from './domain/outputs-asked.ts'
import type { Waiting } from './shared-work.ts'

/** The engine that runs containers. While it cannot be reached calls wait, for as long as it takes. */
export type Containers = {
  engine(): Promise<EngineFacts>
  /**
   * Makes the container, or finds the one of that name that was made before. Pulls the image if it is missing: that is
   * told, and waited for until the signal aborts; then it rejects with the signal's reason, and the pull goes on.
   */
  create(spec: ContainerSpec, waiting: Waiting): Promise<{ id: string } | Failure>
  /** Starts a container in state `created`, and none other. A failure tells whose fault it is. */
  start(id: string): Promise<'started' | Failure>
  /** `not running`: there was nobody to signal any more. */
  signal(id: string, signal: 'TERM' | 'KILL'): Promise<'sent' | 'not running'>
  /** The container as it is; undefined where there is none. */
  look(id: string): Promise<Look | undefined>
  /** Resolves when the container has ended, whether or not the engine was away meanwhile. */
  ended(id: string): Promise<Ended>
  /** Resolves a little earlier, when its processes are gone; never, where that moment was missed. */
  dead(id: string): Promise<void>
  /** All containers of this installation and worker, in any state. */
  mine(): Promise<Found[]>
  /** The container's log, stdout and stderr in order: all of it, or its last lines; `follow` goes on until it ends. */
  log(id: string, options: LogOptions): AsyncIterable<Uint8Array>
  /** What it has used so far; undefined where the engine cannot tell. */
  usage(id: string): Promise<{ cpuSeconds: number; maxMemoryBytes: number } | undefined>
  /** Removes it, running or not, with its anonymous volumes; being gone already is fine. */
  remove(id: string): Promise<void>
  /** What an image is pinned by; it is pulled if it is missing, or in any case where it is to be `fresh`. */
  resolve(image: string, fresh: boolean, waiting: Waiting): Promise<Resolution>
}

/** `manifest`: the text in the image's label. */
export type Resolution = { image: PinnedImage; manifest?: string } | { error: string }

export type LogOptions = { follow: boolean; lastLines?: number; signal?: AbortSignal }

export type EngineFacts = EngineRead & {
  cpus: number
  memory: number
  liveRestore: boolean
  /** by what names it knows runtimes */
  runtimes: string[]
}

export type Look = {
  id: string
  status: 'created' | 'running' | 'ended'
  exitCode: number
  oomKilled: boolean
  /** RFC 3339; absent where it did not happen */
  startedAt?: string
  finishedAt?: string
  /** what the engine says went wrong, if anything */
  error: string
  cpus: number
  memory: number
  labels: Record<string, string>
}
export type Found = Pick<Look, 'id' | 'status' | 'labels'>

/** `look` is absent where somebody removed it; `trusted`: the engine is known to have watched to the end (H19). */
export type Ended = { look?: Look; trusted: boolean }

export type Reports = {
  /** Resolves when the broker has it in safety; `too large` where it never will. */
  publish(report: WorkerReport): Promise<'confirmed' | 'too large'>
}

export type Beats = {
  /** Best effort: a heartbeat that cannot leave within `seconds`, or before the signal aborts, is dropped. */
  send(beat: Heartbeat, seconds: number, signal: AbortSignal): Promise<void>
}

/** What attempts leave in their folders, looked at where nothing they leave can hang or hurt the worker. */
export type Outputs = {
  /** Of an attempt that has ended. Never rejects: what cannot be read is a problem of the outputs. */
  read(folder: string, asked: OutputsAsked): Promise<OutputsFound>
  /** How much one that runs has written so far; undefined where that cannot be told now. */
  measure(folder: string): Promise<Measured | undefined>
  /** What the store has free; undefined where that cannot be told now. */
  space(): Promise<Space | undefined>
}
export type OutputsFound = {
  outputs: { name: string; bytes: number; sha256?: string }[]
  total: number
  metrics: Record<string, number>
  /** why the outputs count as bad although the model ended well */
  problem?: string
  notes: string[]
}
/**
 * Bytes. `isWhole`: false where there is more than was looked at; `crowd`: so many entries, where there are more than
 * are ever looked at; `hidden`: a folder that nobody may read, or see what lies in it.
 */
export type Measured = { bytes: number; isWhole: boolean; crowd?: number; hidden?: string }
/** Bytes. */
export type Space = { free: number; size: number }

/** The attempt's files on the host, which the container is given. */
export type Preparation = {
  /** Makes folders and parameter files, and fetches inputs; `tell` is told which. Repeating it is harmless. */
  prepare(job: Job, waiting: Waiting & { signal: AbortSignal }): Promise<ContainerSpec | Failure>
  /** The job as it was taken, from the attempt's folder; undefined where it cannot be read there. */
  jobOf(token: Token): Promise<Job | undefined>
  /** Notes how its end was seen, for the next process of this worker. Best effort: never rejects. */
  noteEnd(token: Token, end: SeenEnd): Promise<void>
  /** What was noted so; undefined where there is nothing, or it cannot be read. */
  endOf(token: Token): Promise<SeenEnd | undefined>
  /** Removes everything that `prepare` made. */
  discard(token: Token): Promise<void>
}

/** What attempts were given as inputs, and that it stays where it is for as long as they are held. */
export type Inputs = {
  /** Of an attempt that was found on the engine: what it was given is looked up, and stays from now on. */
  recall(token: Token): void
  /** Undefined where it had none, or nothing is known. */
  given(token: Token): Promise<InputsGiven | undefined>
  /** What it was given may go. */
  release(token: Token): Promise<void>
}
export type InputsGiven = { inputs: Record<string, InputRead>; notes: string[] }

/** Of a model's end what the engine does not know, or may have forgotten. `finishedAt` tells which end it was. */
export type SeenEnd = {
  container: string
  finishedAt: string
  trusted: boolean
  signalled: boolean
  ending: Ending
}

/** What made the outputs of attempts, kept beside them. */
export type Provenances = {
  /** Writes it whole, before the end is reported. Never rejects: why it could not, in words, as a note for the report. */
  write(held: { token: Token; place: AttemptPlace; job?: Job }, report: Finished): Promise<string | undefined>
}

/** What models say, kept in the attempt's folder. Never rejects: a log that cannot be kept is a note in the report. */
export type Logs = {
  /** Follows a running model, as long as it runs; `onText` is given all it says. */
  follow(container: string, path: string, onText: (text: string) => void): LiveLog
  /** Keeps the whole log of a model that has ended. */
  keep(container: string, path: string, live: LiveLog | undefined): Promise<KeptLog>
}
export type LiveLog = {
  /** Text from a byte on, whole characters of it, at most so many bytes. */
  read(from: number, most: number): Promise<{ text: string; bytes: number }>
}
export type KeptLog = { tail: string; notes: string[] }

export type Clock = {
  /** RFC 3339 in UTC */
  now(): string
  /** Calls back once after so many seconds, however many; the function returned prevents it. */
  after(seconds: number, call: () => void): () => void
}
