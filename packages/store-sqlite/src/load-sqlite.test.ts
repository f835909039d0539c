import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('importing the package loads no SQLite', () => {
  const script = `const isLoaded = () => process.moduleLoadList.some((name) => name.includes('sqlite'));
    await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    console.log(isLoaded());
    process.getBuiltinModule('node:sqlite');
    console.log(isLoaded());`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output.trim().split('\n')).toEqual(['false', 'true']);
});
