import { describeStoreQueries } from '@agentlightning/core/testing';
import { memory } from './backends.ts';
import { overHttp } from './over-http.ts';

describeStoreQueries('LightningStoreClient', overHttp(memory), { queries: 500 });
