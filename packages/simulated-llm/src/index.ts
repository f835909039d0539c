// For benchmarks that work out their bound from the very latencies drawn.
export { hashBody } from './body-hash.ts';
export type { RequestRecord, SimulatedLlmStats } from './call-log.ts';
export type { Fault, FaultRule } from './faults.ts';
export { simulatedLlmVersion, simulatedModelNotice, systemFingerprint } from './labels.ts';
export { drawLatencyMs, type LatencyDistribution, type LatencyProfile } from './latency.ts';
export type { PersonaKind } from './personas/persona.ts';
export type { SimulatedLlm } from './simulated-llm.ts';
export type { SimulatedLlmOptions } from './simulated-llm-options.ts';
export { spawnSimulatedLlm } from './spawn-simulated-llm.ts';
export { startSimulatedLlm } from './start-simulated-llm.ts';
