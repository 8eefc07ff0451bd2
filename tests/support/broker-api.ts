/** What tests need of RabbitMQ's management HTTP API. Every call rejects if the broker does not answer with success. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'

const Overview = z.object({ rabbitmq_version: z.string() })
const Queue = z.object({
  name: z.string(),
  type: z.string().optional(),
  messages: z.number().optional(),
  consumers: z.number().optional(),
})
const Connection = z.object({
  name: z.string(),
  vhost: z.string().optional(),
  user: z.string().optional(),
  user_provided_name: z.string().optional(),
})
export type Permissions = { configure: string; write: string; read: string }

export type BrokerApi = ReturnType<typeof brokerApi>
export type Vhost = AsyncDisposable & { name: string; amqpUrl: string }

const ALL: Permissions = { configure: '.*', write: '.*', read: '.*' }

export function brokerApi(managementUrl: string) {
  const { username, password, origin } = new URL(managementUrl)
  const authorization = `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${origin}/api/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const id = encodeURIComponent

  return {
    /** Version of the broker, e.g. `4.0.5`. */
    version: async () => Overview.parse(await call('GET', 'overview')).rabbitmq_version,
    createVhost: (vhost: string, options: { default_queue_type?: string } = {}) =>
      call('PUT', `vhosts/${id(vhost)}`, options),
    deleteVhost: (vhost: string) => call('DELETE', `vhosts/${id(vhost)}`),
    createUser: async (user: string, secret: string, tags = '') => {
      const put = () => call('PUT', `users/${id(user)}`, { password: secret, tags })
      // the broker looks whether he is there, and then adds him: of two who ask at once one is refused, and asks again
      await put().catch((err: unknown) => {
        if (!String(err).includes('user_already_exists')) throw err
        return put()
      })
    },
    deleteUser: (user: string) => call('DELETE', `users/${id(user)}`),
    permit: (vhost: string, user: string, permissions: Permissions = ALL) =>
      call('PUT', `permissions/${id(vhost)}/${id(user)}`, permissions),
    declareTopicExchange: (vhost: string, name: string) =>
      call('PUT', `exchanges/${id(vhost)}/${id(name)}`, { type: 'topic', durable: true }),
    permitTopic: (vhost: string, user: string, topic: { exchange: string; write: string; read: string }) =>
      call('PUT', `topic-permissions/${id(vhost)}/${id(user)}`, topic),
    queues: async (vhost: string) => z.array(Queue).parse(await call('GET', `queues/${id(vhost)}`)),
    deleteQueue: (vhost: string, queue: string) => call('DELETE', `queues/${id(vhost)}/${id(queue)}`),
    connections: async (vhost: string) => {
      const all = z.array(Connection).parse(await call('GET', 'connections'))
      return all.filter((connection) => connection.vhost === vhost)
    },
    closeConnection: (name: string) => call('DELETE', `connections/${id(name)}`),
  }
}

/** A vhost for one test, deleted with all that is in it when disposed of. `amqpUrl` is the administrator's in it. */
export async function useVhost(api: BrokerApi, amqpUrl: string): Promise<Vhost> {
  const name = `test-${randomBytes(6).toString('hex')}`
  const url = new URL(amqpUrl)
  await api.createVhost(name)
  await api.permit(name, decodeURIComponent(url.username))
  url.pathname = `/${name}`
  return {
    name,
    amqpUrl: url.href,
    [Symbol.asyncDispose]: async () => void (await api.deleteVhost(name)),
  }
}
