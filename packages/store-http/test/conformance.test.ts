import { describeStoreConformance } from '@agentlightning/core/testing';
import { memory } from './backends.ts';
import { overHttp } from './over-http.ts';

describeStoreConformance('LightningStoreClient', overHttp(memory));
