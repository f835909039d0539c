import type { ProxyFault } from '@agentlightning/core/testing';

/** What goes wrong on the way to the server, and how often. */
export const FAULTS: Readonly<Record<ProxyFault, number>> = {
  'lost-reply': 0.05,
  'lost-request': 0.02,
  duplicate: 0.05,
  delay: 0.05,
};
