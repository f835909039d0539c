import { describeStoreConformance } from '@agentlightning/core/testing';
import { sqlite } from './backends.ts';
import { overHttp } from './over-http.ts';

describeStoreConformance('LightningStoreClient of a store in a file', overHttp(sqlite));
