import { memory } from './backends.ts';
import { describeUpstreamFixtures } from './upstream-fixtures/index.ts';

describeUpstreamFixtures('a store in memory', memory);
