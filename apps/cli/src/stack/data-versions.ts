/** Asked before anything is started: can these images read the data that are there? */
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { inspectImage } from './build-image.ts'
import type { Docker } from './engine.ts'
import type { DataVersion, Installation } from './installation.ts'
import { judgeBroker, judgeRedis } from './versions.ts'

const servers = {
  rabbitmq: {
    label: 'RabbitMQ',
    variable: 'RABBITMQ_VERSION',
    command: ['rabbitmqctl', 'version'],
    judge: judgeBroker,
  },
  redis: {
    label: 'Redis',
    variable: 'REDIS_VERSION',
    command: ['redis-server', '--version'],
    judge: judgeRedis,
  },
} as const

/**
 * The versions these images hold, to be kept once they have run. Ends the command, with nothing touched, where one of
 * them cannot read what is on its volume. A downgrade is refused, and so is a step its upgrade guide does not know.
 */
export async function checkDataVersions(
  docker: Docker,
  installation: Installation,
  images: { rabbitmq: string; redis: string },
): Promise<{ rabbitmq: DataVersion; redis: DataVersion }> {
  return {
    rabbitmq: await check(docker, 'rabbitmq', images.rabbitmq, installation.data?.rabbitmq),
    redis: await check(docker, 'redis', images.redis, installation.data?.redis),
  }
}

async function check(
  docker: Docker,
  name: keyof typeof servers,
  imageName: string,
  wrote: DataVersion | undefined,
): Promise<DataVersion> {
  const image = await inspectImage(docker, imageName)
  if (!image) throw new Error(`the engine has no image ${imageName}`)
  if (wrote?.image === image.Id) return wrote
  const { label, variable, command, judge } = servers[name]
  const version =
    versionInEnv(image.Config.Env ?? [], variable) ?? (await askVersion(docker, imageName, command))
  const judgement = wrote ? judge(wrote.version, version) : { readable: true as const }
  if (!judgement.readable) {
    throw new CommandFailure(exitCodes.failed, {
      title: `${label} ${version} (${imageName}) cannot take over the data that are there.`,
      detail: `${judgement.why}. Nothing was touched.`,
      help: [judgement.advice, 'Or begin anew: carya down --purge removes the data.'],
    })
  }
  return { image: image.Id, version }
}

function versionInEnv(env: readonly string[], variable: string): string | undefined {
  return env.find((entry) => entry.startsWith(`${variable}=`))?.slice(variable.length + 1)
}

/** Runs the program in a container of its own, without a network or data, to hear its version. */
async function askVersion(docker: Docker, image: string, command: readonly string[]): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: [...command],
    Cmd: [],
    Tty: true,
    Labels: { 'carya.purpose': 'version' },
    HostConfig: { NetworkMode: 'none' },
  })
  try {
    await container.start()
    await container.wait()
    const said = String(await container.logs({ stdout: true, stderr: true }))
    const version = /\d+\.\d+\.\d+/.exec(said)?.[0]
    if (!version) throw new Error(`${command.join(' ')} in ${image} did not say a version: ${said}`)
    return version
  } finally {
    await container.remove({ force: true, v: true })
  }
}
