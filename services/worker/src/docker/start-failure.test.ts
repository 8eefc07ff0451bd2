import { expect, test } from 'vitest'
import { startFailure } from './start-failure.ts'

const RUNC = 'failed to create shim task: OCI runtime create failed: runc create failed: '
const START = `${RUNC}unable to start container process: `

test.each([
  ['unable to find user nobody: no matching entries in passwd file', 'model_error'],
  ['unable to find group none: no matching entries in group file', 'model_error'],
  [`${START}exec: "none": executable file not found in $PATH: unknown`, 'model_error'],
  [`${START}exec: "/none": stat /none: no such file or directory: unknown`, 'model_error'],
  [`${START}exec: "/bin": permission denied: unknown`, 'model_error'],
  [
    `${START}error during container init: error mounting "/store/outputs" to rootfs at "/carya/outputs": not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`,
    'model_error',
  ],
  [
    `${START}error during container init: error mounting "/store/outputs" to rootfs at "/carya/outputs": "/merged/proc/outputs" cannot be mounted because it is inside /proc: unknown`,
    'model_error',
  ],
  [
    `${START}error during container init: error mounting "tmpfs" to rootfs at "/tmp": SecureJoin /merged/tmp/: too many levels of symbolic links: unknown`,
    'model_error',
  ],
  [
    `${START}error during container init: error mounting "tmpfs" to rootfs at "/tmp": change mount propagation through procfd: open o_path procfd: open /merged/tmp: no such file or directory: unknown`,
    'model_error',
  ],
  [
    `${START}error during container init: open /proc/sys/net/ipv4/ip_unprivileged_port_start: no such file or directory: unknown`,
    'model_error',
  ],
  [
    `${START}error during container init: error reopening /dev/null inside container: open /dev/null: permission denied: unknown`,
    'model_error',
  ],
  [
    `${START}error during container init: error mounting "/store/files/0" to rootfs at "/l/x/y": mkdir /merged/carya/inputs/a/x: read-only file system: unknown`,
    'model_error',
  ],
  // the host's, though the exit code of the container is 126 or 127 with some of these
  ['exec: "docker-init": executable file not found in $PATH', 'engine_error'],
  [`${START}exec: "/sbin/docker-init": stat /sbin/docker-init: no such file or directory`, 'engine_error'],
  [
    `${START}error during container init: error mounting "/store/params.json": permission denied`,
    'engine_error',
  ],
  ['exec: "containerd-shim-runc-v2": file does not exist', 'engine_error'],
  [
    `${START}error during container init: error reopening /dev/null inside container: open /dev/null: operation not permitted: unknown`,
    'engine_error',
  ],
  ['mkdir /var/lib/docker/overlay2/1-init: read-only file system', 'engine_error'],
  ['no space left on device', 'engine_error'],
  [`${START}container init was OOM-killed (memory limit too low?): unknown`, 'out_of_memory'],
])('%s: %s', (message, kind) => {
  expect(startFailure(message)).toEqual({ kind, detail: message })
})

test('an engine without a bridge is named', () => {
  const { kind, detail } = startFailure('network bridge not found')
  expect(kind).toBe('engine_error')
  expect(detail).toMatch(/^the engine has no bridge/)
})
