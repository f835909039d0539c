import { describe, expect, it } from 'vitest';
import { resolveOptions, type SimulatedLlmOptions } from './simulated-llm-options.ts';

describe('resolveOptions()', () => {
  it('starts on a free loopback port, with seed 0, without latency, faults, key and aliases', () => {
    expect(resolveOptions({})).toEqual({ port: 0, host: '127.0.0.1', seed: 0, latency: {}, faults: [], aliases: {} });
  });

  it.each<[string, object]>([
    ['port', { port: -1 }],
    ['port', { port: 1.5 }],
    ['host', { host: '0.0.0.0' }],
    ['seed', { seed: Number.NaN }],
    ['apiKey', { apiKey: '' }],
    ['latency.servers', { latency: { servers: 0 } }],
    ['latency.agent.ms', { latency: { agent: { kind: 'constant', ms: -1 } } }],
    ['latency.critic', { latency: { critic: { kind: 'lognormal', medianMs: 10, p99Ms: 5 } } }],
    ['faults[].rate', { faults: [{ fault: { kind: 'reset' }, rate: 2 }] }],
    ['faults[].fault.status', { faults: [{ fault: { kind: 'status', status: 200 } }] }],
    ['aliases.gpt-5-mini', { aliases: { 'gpt-5-mini': 'nobody' } }],
  ])('refuses a wrong %s by its name and value', (name, options) => {
    expect(() => resolveOptions(options as SimulatedLlmOptions)).toThrow(
      `Cannot start the simulated model server as '${name}' must be`,
    );
  });
});
