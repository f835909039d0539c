import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type FaultRule, type SimulatedLlm, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const SCRIPT = fileURLToPath(new URL('fixtures/keyed-run.ts', import.meta.url));
const AGL = fileURLToPath(new URL('../src/agl.ts', import.meta.url));
/** Whether everything is tried, as the gate's step `processes` does; else what tells most. */
const every = process.env['AGL_PROCESSES'] === 'every';
const RIGHT_KEY = 'canary-right-4b1d8e7f2a';
const WRONG_KEY = 'canary-wrong-9c3a6f5d1e';

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function execute(
  args: readonly string[],
  model: SimulatedLlm,
  keys: Record<string, string> = {},
): Promise<Ended> {
  const environment = { MODEL_URL: model.baseUrl, OPTIMIZER_KEY: RIGHT_KEY, AGENT_KEY: RIGHT_KEY, ...keys };
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const closed = once(child, 'close');
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  return { code, output, errors };
}

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agl-paused-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function start(options: { readonly faults?: readonly FaultRule[] } = {}): Promise<SimulatedLlm> {
  const model = await startSimulatedLlm({ apiKey: RIGHT_KEY, ...options });
  onTestFinished(() => model.close());
  return model;
}

/** What a run came to, without what differs between any two runs. */
function outcomeOf(output: string): unknown {
  return JSON.parse(output, (key, value: unknown) => (['rolloutId', 'seconds'].includes(key) ? undefined : value));
}

/** Bodies that were answered, each as often as it was. */
async function answered(models: readonly SimulatedLlm[]): Promise<string[]> {
  const requests = await Promise.all(models.map((model) => model.requests()));
  return requests
    .flat()
    .flatMap(({ hash, status }) => (status === 200 ? [hash] : []))
    .sort();
}

const from = (first: number): number[] => Array.from({ length: 500 }, (_, index) => first + index);
const exhausted = {
  kind: 'status',
  status: 429,
  code: 'insufficient_quota',
  message: `No quota for ${RIGHT_KEY}`,
} as const;

let clean: { readonly outcome: unknown; readonly answered: readonly string[] };
beforeAll(async () => {
  const model = await startSimulatedLlm({ apiKey: RIGHT_KEY });
  const directory = mkdtempSync(join(tmpdir(), 'agl-paused-'));
  const { output, errors } = await execute([SCRIPT, directory], model);
  expect(errors).toBe('');
  clean = { outcome: outcomeOf(output), answered: await answered([model]) };
  await model.close();
  rmSync(directory, { recursive: true });
});

type Refusal = [what: string, keys: Record<string, string>, faults: readonly FaultRule[], args: readonly string[]];
const REFUSALS: readonly Refusal[] = [
  ["a wrong key of the optimiser's, in a thread", { OPTIMIZER_KEY: WRONG_KEY }, [], ['runner']],
  ["a wrong key of the agents'", { AGENT_KEY: WRONG_KEY }, [], []],
  ['no quota for an edit', {}, [{ fault: exhausted, model: 'sim-editor', requests: from(3) }], []],
];

describe('a run whose model refuses its account', () => {
  it.each(every ? REFUSALS : REFUSALS.slice(0, 1))(
    'pauses at once for %s, and goes on without buying anything again',
    async (_what, keys, faults, args) => {
      const directory = emptyDirectory();
      const first = await start({ faults });
      const paused = await execute([SCRIPT, directory, ...args], first, keys);
      expect([paused.code, paused.output]).toEqual([6, '']);
      expect(paused.errors).toContain(`What was done is kept: mend that, then go on by: agl resume ${directory}`);
      expect(paused.errors).toMatch(/code: 'MODEL_UNAVAILABLE'[\s\S]*resumable: true/);
      expect(paused.errors).not.toContain('canary-');
      for (const name of readdirSync(directory)) {
        const holdsKey = readFileSync(join(directory, name), 'latin1').includes('canary-');
        expect([name, holdsKey]).toEqual([name, false]);
      }
      // At once: those under way at that moment, and no more.
      const { refused } = await first.stats();
      const failed = (await first.requests()).filter(({ fault }) => fault !== null).length;
      expect(refused + failed).toBeGreaterThan(0);
      expect(refused + failed).toBeLessThanOrEqual(12);

      const second = await start();
      const resumed = await execute([AGL, 'resume', directory], second);
      expect([resumed.code, resumed.errors]).toEqual([0, '']);
      expect(outcomeOf(resumed.output)).toEqual(clean.outcome);
      expect(await answered([first, second])).toEqual(clean.answered);
    },
  );
});

describe('a run whose model is in trouble for a while', () => {
  it.runIf(every)('comes to the same as one whose model was not', async () => {
    const down = { kind: 'status', status: 503, message: 'Overloaded' } as const;
    const model = await start({
      faults: [
        { fault: down, model: 'sim-agent-weak', requests: [10, 11, 12, 13] },
        { fault: { kind: 'reset' }, model: 'sim-critic', requests: [2, 3] },
        { fault: { kind: 'html' }, model: 'sim-editor', requests: [2] },
      ],
    });
    const { code, output, errors } = await execute([SCRIPT, emptyDirectory()], model);
    expect([code, errors]).toEqual([0, '']);
    expect(outcomeOf(output)).toEqual(clean.outcome);
    expect((await model.stats()).faults).toBe(7);
  });
});
