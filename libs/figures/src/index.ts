export type { FigureOptions } from './choice.ts'
export { drawEnsemble } from './draw.ts'
export { toPng } from './png.ts'
