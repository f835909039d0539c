import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const bench = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

describe('the command bench', () => {
  it('lists what can be measured', async () => {
    const { stdout } = await bench('--help');
    expect(stdout).toContain('Usage: bench');
    expect(stdout).toContain('\n  apo-critical\n');
  });

  it.each([
    ['--recrod', "Unknown option '--recrod'"],
    ['apo-citrical', 'There is no benchmark apo-citrical: there are apo-critical'],
  ])('refuses %s, with the names that there are, and measures nothing', async (argument, message) => {
    const refused = bench(argument);
    await expect(refused).rejects.toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('apo-bounded') });
  });
});
