import { createHook, executionAsyncResource } from 'node:async_hooks';

/** Where a resource keeps whose it is. Some are not yet in their context when their turn is announced (timers, for instance). */
const OWNER = Symbol('agentlightning.owner');

type Owned = { [OWNER]?: number };

/**
 * Keeps in `memory` who has the turn: written before every callback and every continuation of an `await`, so that it can be read when the event loop
 * stands still, or the thread has died. Costs some 50 ns for each of them, which is why it is begun only when somebody wants to know.
 *
 * @param memory - of four bytes, for an `Int32Array`
 * @param owner - whose code this is, 0 for nobody's
 */
export function noteTurns(memory: SharedArrayBuffer, owner: () => number): void {
  const turn = new Int32Array(memory);
  createHook({
    init(_asyncId, _type, _triggerAsyncId, resource) {
      const number = owner();
      if (number !== 0) (resource as Owned)[OWNER] = number;
    },
    before() {
      turn[0] = owner() || ((executionAsyncResource() as Owned)[OWNER] ?? 0);
    },
  }).enable();
}
