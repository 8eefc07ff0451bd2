/** A model's parameter as its manifest declares it, and whether a value fits it. */
import { z } from 'zod'
import { Distribution } from './design.ts'
import { ParamValue } from './grammar.ts'

/** Words for people, of what a manifest names. */
export const text = z.string().max(4096)

const UNIT = 'a unit, for example g C m-2 d-1: letters, digits and . _ ^ * / % ( ) + - at most 64'

/** A unit is for people and for the axes of figures; nothing is converted by it. */
export const Unit = z
  .string()
  .max(64, UNIT)
  .regex(/^(?! )[\p{L}\p{N}\p{Sc}°′″'·µ._^*/%()+⁻ -]+(?<! )$/u, UNIT)
  .refine(isBalanced, `${UNIT}; as many ( as )`)
  .meta({ id: 'Unit', examples: ['g C m-2 d-1'] })

/** What every quantity of a model may have. */
export const note = { unit: Unit.optional(), description: text.optional() }

const RANGE = 'a range: [lowest, highest]'

export const Parameter = z
  .strictObject({
    type: z.enum(['number', 'integer', 'boolean', 'string']),
    default: ParamValue.optional(),
    range: z
      .tuple([z.number(), z.number()], RANGE)
      .refine(([low, high]) => low <= high, RANGE)
      .optional(),
    choices: z.array(z.string()).min(1).max(256).optional(),
    distribution: Distribution.optional().meta({
      description: 'How it varies in ensembles that do not say so themselves; else evenly over its range',
    }),
    ...note,
  })
  .meta({ id: 'Parameter', description: 'Without a default the parameter must be given by each run' })
export type Parameter = z.infer<typeof Parameter>

/** What would be right instead of this value; undefined where it fits the parameter's type, range and choices. */
export function misfit(
  parameter: Pick<Parameter, 'type' | 'range' | 'choices' | 'unit'>,
  value: z.infer<typeof ParamValue>,
): string | undefined {
  const { type, range, choices, unit } = parameter
  const within = range ? ` from ${range[0]} to ${range[1]}${unit ? ` ${unit}` : ''}` : ''
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'string': {
      if (typeof value !== 'string') return choices ? `one of ${choices.join(', ')}` : 'a text'
      return choices && !choices.includes(value) ? `one of ${choices.join(', ')}` : undefined
    }
    case 'number':
    case 'integer': {
      const right = typeof value === 'number' && (type === 'number' || Number.isSafeInteger(value))
      const inside = !range || (right && value >= range[0] && value <= range[1])
      return right && inside ? undefined : `${type === 'integer' ? 'a whole number' : 'a number'}${within}`
    }
  }
}

function isBalanced(unit: string): boolean {
  let open = 0
  for (const letter of unit) {
    if (letter === '(') open += 1
    if (letter === ')') open -= 1
    if (open < 0) return false
  }
  return open === 0
}
