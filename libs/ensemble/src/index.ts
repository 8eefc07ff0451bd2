export { compileDesign } from './compile.ts'
export { pinDesign } from './pin.ts'
export { pinDistribution } from './pin-distribution.ts'
export {
  toMember,
  type Column,
  type MemberValues,
  type PinnedDesign,
  type PinnedValue,
  type Source,
} from './pinned.ts'
export { rankCorrelation } from './rank-correlation.ts'
export { regression, type Regression } from './regression.ts'
export { sobolIndices, type SobolIndex, type SobolIndices } from './sobol-indices.ts'
export { parameterSubject, pinValue, subjectsOf, type ModelFacts, type Subject } from './subject.ts'
