/** What is wrong in a template, and where. */

/** A fault at its place in the text of the template: lines and columns count from 1, columns in UTF-16 units. */
export type TemplateFault = { line: number; column: number; detail: string }

/** Thrown where a template is compiled that was not checked, or rendered without a value that it names. */
export class TemplateError extends Error {
  readonly fault: TemplateFault

  constructor(fault: TemplateFault) {
    super(`line ${fault.line}, column ${fault.column}: ${fault.detail}`)
    this.name = 'TemplateError'
    this.fault = fault
  }
}

/** A fault at an offset of the text. */
export function faultAt(text: string, offset: number, detail: string): TemplateFault {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - before.lastIndexOf('\n'), detail }
}
