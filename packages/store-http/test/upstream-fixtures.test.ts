import { InMemoryLightningStore } from '@agentlightning/core';
import { describeUpstreamFixtures } from './upstream-fixtures/index.ts';

describeUpstreamFixtures('an in-memory store', (clock) => new InMemoryLightningStore({ clock }));
