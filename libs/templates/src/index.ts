export { checkTemplate, type TemplateNames } from './check.ts'
export { compileTemplate, type Template, type TemplateValues } from './compile.ts'
export { filters, type TemplateType } from './filters.ts'
export { TemplateError, type TemplateFault } from './fault.ts'
