import { describeIsolation } from './describe-isolation.ts';

describeIsolation({ isolation: 'thread' });
