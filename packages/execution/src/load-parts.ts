import {
  type Agent,
  type Hook,
  LightningError,
  type Loadable,
  type ModuleSource,
  type Tracer,
} from '@agentlightning/core';
import { loadAgent, loadFromSource } from '@agentlightning/runner';

/** The agent itself, for the thread this is called in. */
export async function agentHere(agent: Loadable<Agent>): Promise<Agent> {
  return agent.instance ?? (await loadAgent(agent.source));
}

/** The hooks themselves. */
export function hooksHere(hooks: readonly Loadable<Hook>[]): Promise<Hook[]> {
  return Promise.all(hooks.map(async (hook) => hook.instance ?? (await loadHook(hook.source))));
}

/** The tracer itself; `undefined` is the default one. */
export async function tracerHere(tracer: Loadable<Tracer> | undefined): Promise<Tracer | undefined> {
  return tracer === undefined ? undefined : (tracer.instance ?? (await loadTracer(tracer.source)));
}

/** Makes a hook from its source. */
export function loadHook(source: ModuleSource): Promise<Hook> {
  return loadFromSource(source, (value) => {
    if (isObject(value) && HOOK_METHODS.some((method) => typeof value[method] === 'function')) return value as Hook;
    throw new LightningError(
      'SOURCE_NOT_LOADABLE',
      `The export is not a hook: it has none of ${HOOK_METHODS.join(', ')}`,
    );
  });
}

/** Makes a tracer from its source. */
export function loadTracer(source: ModuleSource): Promise<Tracer> {
  return loadFromSource(source, (value) => {
    if (isObject(value) && typeof value['startTrace'] === 'function') return value as unknown as Tracer;
    throw new LightningError('SOURCE_NOT_LOADABLE', 'The export is not a tracer: it has no method startTrace()');
  });
}

const HOOK_METHODS = ['onRolloutStart', 'onTraceStart', 'onTraceEnd', 'onRolloutEnd'] as const;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
