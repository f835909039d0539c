import { writeSync } from 'node:fs';
import { failpoint } from '../failpoint.ts';

for (let time = 0; time < 3; time += 1) {
  failpoint('step.beforeCommit');
  writeSync(1, '1');
}
for (let time = 0; time < 3; time += 1) {
  failpoint('step.afterCommit');
  writeSync(1, '2');
}
