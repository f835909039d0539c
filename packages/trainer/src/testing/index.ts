export type { AlgorithmTrial } from './algorithm-trial.ts';
export { describeAlgorithmConformance } from './describe-algorithm-conformance.ts';
