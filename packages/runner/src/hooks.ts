import type { Clock, Hook, Logger } from '@agentlightning/core';
import { settlesWithin } from './waiting.ts';

/** Longest time that a hook is waited for, in milliseconds. */
export const HOOK_TIMEOUT_MS = 5000;

/** The moments a hook can be told of. */
type HookMethod = keyof Hook;

/** Tells hooks, one after the other. One that throws, rejects or takes too long is logged; nothing comes of it. */
export class Hooks {
  readonly #hooks: readonly Hook[];
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(hooks: readonly Hook[], clock: Clock, logger: Logger) {
    this.#hooks = hooks;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether anybody wants to be told of this moment. */
  has(method: HookMethod): boolean {
    return this.#hooks.some((hook) => hook[method] !== undefined);
  }

  async call<M extends HookMethod>(method: M, event: Parameters<NonNullable<Hook[M]>>[0]): Promise<void> {
    for (const hook of this.#hooks) await this.#callOne(hook, method, event);
  }

  async #callOne<M extends HookMethod>(
    hook: Hook,
    method: M,
    event: Parameters<NonNullable<Hook[M]>>[0],
  ): Promise<void> {
    try {
      // The method takes the event of its own name; the compiler does not follow that through the union.
      const answer = (hook[method] as ((event: unknown) => Promise<void> | void) | undefined)?.call(hook, event);
      if (answer === undefined) return;
      if (await settlesWithin(this.#clock, HOOK_TIMEOUT_MS, Promise.resolve(answer))) return;
      this.#logger.warn({ hook: hook.constructor.name, method }, 'A hook takes too long and is not waited for');
    } catch (error) {
      this.#logger.error({ err: error, hook: hook.constructor.name, method }, 'A hook failed');
    }
  }
}
