import { describeStoreConformance } from '@agentlightning/core/testing';
import { sqliteBackend } from './sqlite-backend.ts';

describeStoreConformance('SqliteLightningStore', sqliteBackend());
