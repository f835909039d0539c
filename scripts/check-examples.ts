// Runs every example as a user would. Each checks its own result and exits with another code than 0 when it is wrong.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TIMEOUT_MS = 180_000;
const only = process.argv.slice(2);

const examples = readdirSync('examples').filter(
  (name) => existsSync(join('examples', name, 'main.ts')) && (only.length === 0 || only.includes(name)),
);
let failures = 0;
for (const name of examples) {
  const output = mkdtempSync(join(tmpdir(), 'agl-example-'));
  const start = performance.now();
  const { code, text } = await run(join('examples', name, 'main.ts'), ['--output', output]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  rmSync(output, { recursive: true, force: true });
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (code !== 0) {
    failures += 1;
    console.log(text);
  }
}
if (examples.length === 0) console.log('No example was found');
process.exit(failures === 0 && examples.length > 0 ? 0 : 1);

function run(file: string, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, AGL_RUNS_DIRECTORY: args.at(-1) };
    const child = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const timer = setTimeout(() => {
      text += `\nStopped after ${TIMEOUT_MS / 1000} s`;
      child.kill('SIGKILL');
    }, TIMEOUT_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, text });
    });
  });
}
