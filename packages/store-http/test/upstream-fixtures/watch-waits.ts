import { EventEmitter } from 'node:events';
import type { LightningStore } from '@agentlightning/core';

/** A store that tells, by the event `wait`, when a caller has begun to wait for rollouts. */
export function watchWaits(store: LightningStore): {
  readonly store: LightningStore;
  readonly onceWaiting: EventEmitter;
} {
  const onceWaiting = new EventEmitter();
  const watched = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer: unknown = member.apply(target, args);
        if (name === 'waitForRollouts') onceWaiting.emit('wait');
        return answer;
      };
    },
  });
  return { store: watched, onceWaiting };
}
