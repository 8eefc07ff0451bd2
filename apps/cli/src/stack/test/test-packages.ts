/** Debian packages that only the tests need: clients in other languages, a registry on loopback, clocks that step. */
import { installPackages, whyNotInstallable } from '../install-packages.ts'
import { runProgram } from '../run-program.ts'

const PACKAGES = ['amqp-tools', 'docker-registry', 'faketime', 'python3-jsonschema', 'python3-pika']

/** Installs what is missing where that is possible; elsewhere the tests that need them say what is missing. */
export async function ensureTestPackages(install: boolean): Promise<void> {
  if (await whyNotInstallable(install)) return
  const missing: string[] = []
  for (const name of PACKAGES) {
    const { code, output } = await runProgram('dpkg-query', ['-W', '-f', '${Status}', name])
    if (code !== 0 || !output.includes('install ok installed')) missing.push(name)
  }
  await installPackages(missing)
  // under systemd the package starts a registry at once; the tests start their own, and only while they need it
  if (missing.includes('docker-registry'))
    await runProgram('systemctl', ['disable', '--now', 'docker-registry'])
}
