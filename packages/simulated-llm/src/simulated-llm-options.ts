import type { FaultRule } from './faults.ts';
import type { LatencyDistribution, LatencyProfile } from './latency.ts';
import { findPersona, personaKinds, personaNames } from './personas/persona-registry.ts';

/** How to start a simulated model server. */
export interface SimulatedLlmOptions {
  /** TCP port; 0 takes a free one. Default 0. */
  readonly port?: number;
  /** Loopback only: a simulated model is not to be served to others. */
  readonly host?: '127.0.0.1';
  /** Integer that draws another model of the same kind: other mistakes, wordings and latencies. Default 0. */
  readonly seed?: number;
  /** Default: answers at once. */
  readonly latency?: LatencyProfile;
  /** Default: none. */
  readonly faults?: readonly FaultRule[];
  /** When given, requests with another key get 401. Default: any key and none are accepted. */
  readonly apiKey?: string;
  /** Names that requests may use for personas, e.g. `{ 'gpt-5-mini': 'sim-critic' }`. Default: none. */
  readonly aliases?: Readonly<Record<string, string>>;
}

const optionNames: readonly string[] = [
  'port',
  'host',
  'seed',
  'latency',
  'faults',
  'apiKey',
  'aliases',
] satisfies (keyof SimulatedLlmOptions)[];

/** Options with their defaults filled in. */
export type ResolvedOptions = Required<Omit<SimulatedLlmOptions, 'apiKey'>> & Pick<SimulatedLlmOptions, 'apiKey'>;

/**
 * Checks options and fills in defaults.
 * @throws TypeError, RangeError before anything starts
 */
export function resolveOptions(options: SimulatedLlmOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name))
      throw new TypeError(
        `Cannot start the simulated model server as '${name}' is not an option: known options are ${optionNames.join(', ')}`,
      );
  }
  const { port = 0, host = '127.0.0.1', seed = 0, latency = {}, faults = [], apiKey, aliases = {} } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw refuse('port', 'an integer from 0 to 65535', port);
  if (host !== '127.0.0.1') throw refuse('host', "'127.0.0.1'", host);
  if (!Number.isSafeInteger(seed)) throw refuse('seed', 'an integer', seed);
  if (apiKey === '') throw refuse('apiKey', 'a non-empty string', "''");
  checkLatency(latency);
  for (const rule of faults) checkFaultRule(rule);
  for (const [name, persona] of Object.entries(aliases)) {
    if (findPersona(persona) === undefined)
      throw refuse(`aliases.${name}`, `one of ${personaNames.join(', ')}`, persona);
  }
  return { port, host, seed, latency, faults, aliases, ...(apiKey === undefined ? {} : { apiKey }) };
}

function checkLatency(latency: LatencyProfile): void {
  const { servers } = latency;
  if (servers !== undefined && !(Number.isInteger(servers) && servers > 0)) {
    throw refuse('latency.servers', 'a positive integer', servers);
  }
  for (const kind of personaKinds) {
    const distribution: LatencyDistribution | undefined = latency[kind];
    if (distribution === undefined) continue;
    if (distribution.kind === 'constant') {
      if (!(distribution.ms >= 0 && Number.isFinite(distribution.ms))) {
        throw refuse(`latency.${kind}.ms`, 'a finite number of at least 0', distribution.ms);
      }
    } else if (
      !(distribution.medianMs > 0 && distribution.p99Ms >= distribution.medianMs && Number.isFinite(distribution.p99Ms))
    ) {
      throw refuse(`latency.${kind}`, 'a lognormal with 0 < medianMs <= p99Ms', JSON.stringify(distribution));
    }
  }
}

function checkFaultRule({ rate, fault }: FaultRule): void {
  if (rate !== undefined && !(rate >= 0 && rate <= 1)) throw refuse('faults[].rate', 'a number from 0 to 1', rate);
  if (fault.kind === 'status' && !(Number.isInteger(fault.status) && fault.status >= 400 && fault.status <= 599)) {
    throw refuse('faults[].fault.status', 'an error status from 400 to 599', fault.status);
  }
}

function refuse(name: string, wanted: string, value: unknown): RangeError {
  return new RangeError(
    `Cannot start the simulated model server as '${name}' must be ${wanted}: current value is ${String(value)}`,
  );
}
