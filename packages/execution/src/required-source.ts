import { type Agent, LightningError, type Loadable, type ModuleSource } from '@agentlightning/core';
import { agentSource, instanceSource } from '@agentlightning/runner';

/**
 * The source of something that has to run in a thread, checked to be sendable.
 *
 * @param what - `agent`, `hook` or `tracer`
 * @throws LightningError `SOURCE_NOT_LOADABLE` with the lines to write instead
 */
export async function requiredSource(
  what: 'agent' | 'hook' | 'tracer',
  loadable: Loadable<object>,
): Promise<ModuleSource> {
  if (loadable.source !== undefined) return cloneable(what, loadable.source);
  // The caller knows of no source. This finds one, or says what to write.
  const instance = loadable.instance as object;
  return what === 'agent' ? agentSource(instance as Agent) : instanceSource(instance, what);
}

function cloneable(what: string, source: ModuleSource): ModuleSource {
  try {
    structuredClone(source);
    return source;
  } catch (error) {
    throw new LightningError(
      'SOURCE_NOT_LOADABLE',
      `The ${what} '${source.exportName}' cannot be sent to a worker thread as its options hold something that cannot be copied: ${(error as Error).message}. Pass plain data and make the rest (clients, functions) in the constructor`,
      { cause: error, details: { moduleUrl: source.moduleUrl, exportName: source.exportName } },
    );
  }
}
