import { describeIsolation } from './describe-isolation.ts';

describeIsolation({ isolation: 'shared', threads: 1 });
