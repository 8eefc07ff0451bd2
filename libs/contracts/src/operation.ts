/** What is said of one operation of the HTTP API. */
import type { z } from 'zod'

type Answer = { description: string; type?: string; schema?: z.ZodType }
export type Operation = {
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  summary: string
  params: z.ZodType
  query: z.ZodType
  body?: { type: 'application/json' | 'application/octet-stream'; schema?: z.ZodType }
  answers: Record<number, Answer>
  /** Answered without a token. */
  open?: true
}

export const json = (schema: z.ZodType, description: string): Answer => ({
  description,
  type: 'application/json',
  schema,
})
export const bytes = (description: string, type = 'application/octet-stream'): Answer => ({
  description,
  type,
})
