import { LitAgent, type RolloutContext } from 'agentlightning';

/** Waits until it is told to stop, and says in `memory` that it does: its first number is how many are at it. */
export class ObedientAgent extends LitAgent<unknown, { readonly memory: SharedArrayBuffer }> {
  static override readonly moduleUrl = import.meta.url;

  override rollout(_task: unknown, _resources: unknown, { signal }: RolloutContext): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    const waiting = new Int32Array(this.options.memory);
    Atomics.add(waiting, 0, 1);
    Atomics.notify(waiting, 0);
    return promise;
  }
}
