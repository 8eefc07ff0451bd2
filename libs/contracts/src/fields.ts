import { z } from 'zod'

/** The fields that a schema knows at a path below it; none where it takes any, or there is no such place. */
export function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const found = path.reduce<z.core.$ZodType[]>(
    (here, step) => here.flatMap((each) => stepInto(each, step)),
    [schema],
  )
  return found.flatMap(bare).flatMap((each) => (each instanceof z.ZodObject ? Object.keys(each.shape) : []))
}

function stepInto(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType[] {
  return bare(schema).flatMap((each): z.core.$ZodType[] => {
    if (each instanceof z.ZodObject) {
      const shape: Record<PropertyKey, z.core.$ZodType> = each.shape
      return Object.hasOwn(shape, step) ? [shape[step]!] : []
    }
    if (each instanceof z.ZodRecord) return [each.valueType]
    return each instanceof z.ZodArray ? [each.element] : []
  })
}

/** What is behind `optional` and `default`; of a union all its options. */
function bare(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return bare(schema.unwrap())
  return schema instanceof z.ZodUnion ? schema.options.flatMap(bare) : [schema]
}
