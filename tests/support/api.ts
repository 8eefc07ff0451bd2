/** The HTTP API as any program would use it. */
import type { RunView } from '@carya/contracts'

export type Answered = { status: number; body: RunView & { items: Record<string, unknown>[] }; text: string }
export type CallApi = (method: string, path: string, body?: object | Buffer) => Promise<Answered>

export function apiOf(address: string, token: string): CallApi {
  return async (method, path, body) => {
    const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json'
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': type } : {}) },
      ...(body ? { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, body: isJson ? JSON.parse(text) : undefined, text }
  }
}
