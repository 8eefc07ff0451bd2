/**
 * Whose fault it is that a container could not be started, by what the engine says. Its exit codes do not tell: an
 * engine writes 126 for any "permission denied" and 127 for much else, also where the host is at fault.
 *
 * All of ours are started with the engine's own init as first process: a command that is not there, or may not be
 * executed, shows after a good start, by the init's exit code and a line in the log. An engine that looks for the command
 * before names it here, as it names its init where that is what is missing, which is the host's fault.
 */
import type { Failure } from '@carya/contracts'

const TOO_LITTLE = /OOM-killed|memory limit too low/
const NO_SUCH_USER = /unable to find (?:user|group) /
const NO_SUCH_COMMAND =
  /exec: "(?!(?:[^"]*\/)?docker-init")[^"]*": (?:executable file not found|stat \S+: no such file|permission denied)/
/** What is mounted is ours and always of one kind; what it is mounted on is the image's. */
const NO_PLACE =
  /mount a directory onto a file|cannot be mounted because it is inside|closing exec fds: open \/proc\/self\/fd/
/** The image has a link there, which leads round in a circle, to its root, to `/proc`, `/dev` or into an input. */
const LED_ASTRAY =
  /SecureJoin \S+ too many levels of symbolic links|change mount propagation through procfd: open o_path procfd: open \S+: no such file|open \/proc\/sys\/\S+: no such file|open \/dev\/null: permission denied|error mounting "[^"]+" to rootfs at "[^"]+": \S+ \S+: read-only file system/
/** An engine may be set to have none. */
const NO_BRIDGE = /network bridge not found/

export function startFailure(message: string): Failure {
  if (TOO_LITTLE.test(message)) return { kind: 'out_of_memory', detail: message }
  if (NO_BRIDGE.test(message))
    return {
      kind: 'engine_error',
      detail: `the engine has no bridge, through which \`network: outbound\` goes: ${message}`,
    }
  const isImages = [NO_SUCH_USER, NO_SUCH_COMMAND, NO_PLACE, LED_ASTRAY].some((fault) => fault.test(message))
  return { kind: isImages ? 'model_error' : 'engine_error', detail: message }
}
