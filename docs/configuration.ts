/** The page of all settings, from the services' own schemas. */
import { formatSize } from '@carya/contracts'
import type { z } from 'zod'

/** A table for each service; a secret may stand in a file. */
export function configurationPage(services: Record<string, z.ZodObject>): string {
  const parts = Object.entries(services).map(([service, config]) =>
    [`## ${service}`, '', '| variable | default | meaning |', '| --- | --- | --- |', ...rows(config)].join(
      '\n',
    ),
  )
  return [
    '# Configuration',
    '',
    'Settings are environment variables. Each may stand in a file instead, whose path is in the variable with',
    '`_FILE` at its end: use that for those marked *secret*. A service that finds a setting wrong names every one',
    'and exits with code 78.',
    '',
    parts.join('\n\n'),
    '',
  ].join('\n')
}

function rows(config: z.ZodObject): string[] {
  return Object.entries<z.ZodType>(config.shape).map(([name, field]) => {
    const { description = '', secret } = { ...field.meta() }
    return `| \`${name}\` | ${defaultText(field)} | ${description}${secret === true ? ' (*secret*)' : ''} |`
  })
}

/** What the setting is where it is not given. */
function defaultText(field: z.ZodType): string {
  const { success, data } = field.safeParse(undefined)
  if (!success) return '(needed)'
  if (typeof data === 'number' && data >= 2 ** 20) return formatSize(data)
  return typeof data === 'number' || (typeof data === 'string' && data !== '') ? `\`${data}\`` : ''
}
