import { describeStoreQueries } from '@agentlightning/core/testing';
import { sqliteBackend } from './sqlite-backend.ts';

describeStoreQueries('SqliteLightningStore', sqliteBackend({ synchronous: 'normal' }), { queries: 2_000 });
