import { expect, it } from 'vitest';
import { isSafeForSeveralConnections } from './sqlite-version.ts';

it('several connections are safe from 3.51.3 on', () => {
  for (const version of ['3.51.3', '3.51.10', '3.52.0', '4.0.0']) {
    expect(isSafeForSeveralConnections(version), version).toBe(true);
  }
  for (const version of ['3.51.2', '3.50.4', '3.9.0'])
    expect(isSafeForSeveralConnections(version), version).toBe(false);
});
