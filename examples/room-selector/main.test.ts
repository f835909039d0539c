import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSimulatedLlm } from '@agentlightning/simulated-llm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const demo = fileURLToPath(new URL('./main.ts', import.meta.url));
const readme = new URL('../../README.md', import.meta.url);

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterEach(() => rm(output, { recursive: true }));

function run(args: readonly string[], env: Record<string, string> = {}) {
  const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, ...rest } = process.env;
  return promisify(execFile)(process.execPath, [demo, ...args, '--output', output], { env: { ...rest, ...env } });
}

async function savedPrompt() {
  const [file] = await readdir(output);
  return JSON.parse(await readFile(join(output, file!), 'utf8')) as Record<string, unknown>;
}

// A whole search: on a busy machine a matter of minutes.
describe('the demo', { timeout: 300_000 }, () => {
  it('searches offline, says that it is simulated, and ends with scores, costs, the saved prompt and what to do next', async () => {
    const { stdout, stderr } = await run([]);
    expect(stderr).toContain('Simulated model');
    expect(stdout).toContain('Scores (simulated models)');
    expect(stdout).toMatch(/held-out +0\.\d{3} \(.*\) +0\.\d{3} \(.*\) +80 /);
    expect(stdout).toMatch(/rollouts +[\d,]+ \(0 failed\)/);
    expect(stdout).toMatch(/model calls +\d+ by the optimiser/);
    expect(stdout).toMatch(/round 3 of 3/);
    expect(stdout).toContain(`Saved the best prompt to ${output}`);
    expect(stdout).toContain('OPENAI_API_KEY');
    // Models, data and search are seeded: the README shows what everybody gets, but for the time and names made of it, which come last.
    const shown = /```text\n(Seed prompt[\s\S]*?)```/.exec(await readFile(readme, 'utf8'))![1]!;
    const repeatable = (text: string) => text.split(/\n {2}time /)[0]!.trim();
    expect(repeatable(stdout)).toContain(repeatable(shown));
    const saved = await savedPrompt();
    expect(Object.keys(saved)).toEqual(['timestamp', 'best_prompt_template', 'best_score', 'best_version']);
  });

  it('uses the endpoint, the key and the models of the command in the README', async () => {
    const [, args] = /npx -y pnpm@12 demo (--real(?:\\\n|[^\n])*)/.exec(await readFile(readme, 'utf8'))!;
    const names = { critic: 'gpt-5-mini', editor: 'gpt-4.1-mini', agent: 'gpt-4.1-nano' };
    const server = await startSimulatedLlm({
      apiKey: 'key-of-the-test',
      aliases: { [names.critic]: 'sim-critic', [names.editor]: 'sim-editor', [names.agent]: 'sim-agent-weak' },
    });
    try {
      const { stdout } = await run(args!.replaceAll('\\\n', ' ').trim().split(/\s+/), {
        OPENAI_API_KEY: 'key-of-the-test',
        OPENAI_BASE_URL: server.baseUrl,
      });
      const { callsByModel, refused } = await server.stats();
      expect(Object.keys(callsByModel).sort()).toEqual(Object.values(names).sort());
      expect(refused).toBe(0);
      expect(stdout).toContain('gpt-4.1-nano');
      expect(stdout).not.toContain('simulated');
      expect(stdout).not.toContain('key-of-the-test');
      expect(await savedPrompt()).toHaveProperty('best_score');
    } finally {
      await server.close();
    }
  });

  it('lists its options', async () => {
    expect((await run(['--help'])).stdout).toContain('--runners');
  });

  it.each([
    [['--real'], 'OPENAI_API_KEY'],
    [['--sed', '3'], "'--sed'"],
    [['--runners', '0'], "'nRunners' must be a positive integer"],
  ])('refuses %j', async (args, message) => {
    await expect(run(args)).rejects.toThrow(message);
  });
});
