import type { LightningStore } from '@agentlightning/core';

/** `store` with some of its methods replaced. */
export function storeWith(store: LightningStore, methods: Partial<LightningStore>): LightningStore {
  return new Proxy(store, {
    get(target, key) {
      const source = key in methods ? methods : target;
      const value: unknown = Reflect.get(source, key);
      return typeof value === 'function' ? (value.bind(source) as unknown) : value;
    },
  });
}
