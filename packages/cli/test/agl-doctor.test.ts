import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SimulatedLlm, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CheckResult } from '../src/commands/doctor/check-result.ts';
import { main } from '../src/main.ts';
import { recordingContext } from '../src/test-data/recording-context.ts';
import { emptyFolder } from './running-agl.ts';

const CONFIG = fileURLToPath(new URL('fixtures/doctor.config.ts', import.meta.url));
const KEY = 'key-of-the-test';

let models: SimulatedLlm;
beforeAll(async () => {
  models = await startSimulatedLlm({ apiKey: KEY });
});
afterAll(() => models.close());

interface Patient {
  readonly agent?: string;
  readonly endpoint?: string;
  readonly model?: string;
  readonly key?: string;
  readonly label?: string;
  readonly args?: readonly string[];
  /** Of a person at the terminal. */
  readonly answers?: readonly string[];
}

/** What the doctor says about a config, by check. */
async function examine({ key = KEY, args = ['--json'], answers, ...patient }: Patient) {
  const fixture = {
    agent: 'fetching',
    endpoint: models.baseUrl,
    model: 'sim-agent-weak',
    label: 'simulated models',
    ...patient,
  };
  vi.stubEnv('DOCTOR', JSON.stringify(fixture));
  vi.stubEnv('DOCTOR_KEY', key);
  const { context, said } = recordingContext({ AGL_RUNS_DIRECTORY: emptyFolder() }, answers);
  const code = await main(['doctor', CONFIG, ...args], context);
  vi.unstubAllEnvs();
  expect(`${said.stdout}${said.stderr}`).not.toContain(key);
  if (!args.includes('--json')) return { code, ...said, checks: {} };
  const results = said.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as CheckResult);
  return { code, ...said, checks: Object.fromEntries(results.map((result) => [result.check, result])) };
}

const is = (status: CheckResult['status'], message: RegExp, remedy?: RegExp) =>
  expect.objectContaining({
    status,
    message: expect.stringMatching(message) as string,
    ...(remedy === undefined ? {} : { remedy: expect.stringMatching(remedy) as string }),
  }) as CheckResult;

describe('agl doctor', () => {
  it('finds everything well, one line for each check', async () => {
    const { code, stdout } = await examine({ args: [] });
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => /^(. \w+)?/.exec(line)![0])).toEqual([
      '✓ node',
      '✓ loopback',
      '✓ runs',
      '✓ config',
      '✓ datasets',
      '✓ agent',
      '✓ endpoint',
      '✓ call',
      '✓ rollout',
      '✓ spans',
      '',
      '',
      '',
    ]);
    expect(stdout).toMatch(/\n\nAll is ready\. Next: (?:\S+ )*agl run\n$/);
    expect(stdout).toMatch(/Baseline \(simulated models\)/);
    expect(stdout).toMatch(/2 training, 0 validation, 0 test tasks/);
    expect(stdout).toMatch(/reward 0\.5, feedback "half right"/);
    expect(stdout).toMatch(/1 model call captured/);
  });

  it('looks at the machine alone where there is no config', async () => {
    const { context, said } = recordingContext({ AGL_RUNS_DIRECTORY: emptyFolder() });
    expect(await main(['doctor'], context)).toBe(0);
    expect(said.stdout).toMatch(
      /✓ runs[\s\S]*– config +There is none here[^\n]*\n\nThis machine is ready\. Next: \S*.*agl init my-agent\n$/,
    );
  });

  it.each<[string, Patient, RegExp, RegExp]>([
    ['nobody is there', { endpoint: 'http://127.0.0.1:9/v1' }, /cannot be reached/, /Start it/],
    ['the key is refused', { key: 'another-key-of-the-test' }, /refuses the key \(401\)/, /Set OPENAI_API_KEY/],
  ])('ends with 6 where %s', async (_, patient, message, remedy) => {
    const { code, checks } = await examine(patient);
    expect(code).toBe(6);
    expect(checks['endpoint']).toEqual(is('failed', message, remedy));
    expect(checks['call']).toEqual(is('skipped', /an endpoint cannot be used/));
    expect(checks['rollout']).toBeUndefined();
  });

  it('ends with 6 where the model is not there, which its list may not tell', async () => {
    const { code, checks } = await examine({ model: 'gone' });
    expect(code).toBe(6);
    expect(checks['endpoint']).toEqual(is('ok', /does not list gone: a call will tell/));
    expect(checks['call']).toEqual(is('failed', /gone does not answer \(404\)/, /Use the name of a model/));
  });

  it('lets no answer of an endpoint move the cursor of a terminal', async () => {
    const server = createServer((_, response) =>
      response.writeHead(500).end('{"error":{"message":"\\u001b[2Jgone"}}'),
    ).listen(0);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const { code, stdout } = await examine({ endpoint, args: [] });
    expect({ code, stdout }).toEqual({
      code: 6,
      stdout: expect.stringContaining('does not answer (500): \\x1b[2Jgone'),
    });
  });

  it.each<[string, string, RegExp, RegExp]>([
    ['askingByHttp', 'spans', /through Node's http client, and only fetch is captured/, /adapter: "fetch"/],
    ['askingOthers', 'spans', /no chat completions or responses/, /OpenAI-compatible address/],
    ['silent', 'spans', /made no request at all/, /See that rollout\(\) calls its model/],
    ['rewardless', 'rollout', /gives no reward/, /Return a number/],
    ['failing', 'rollout', /failed on the first task.*: .*no such tool/, /Correct the agent/],
    ['taskless', 'datasets', /valDataset must be an array/, /DATASET_INVALID/],
    ['closure', 'agent', /Cannot send the agent/, /moduleUrl/],
  ])('ends with 2 and says why for an agent that is %s', async (agent, check, message, remedy) => {
    const { code, checks } = await examine({ agent });
    expect(code).toBe(2);
    expect(checks[check]).toEqual(is('failed', message, remedy));
  });

  it('ends with 2 where nothing would say that scores are of simulated models', async () => {
    const { code, checks } = await examine({ label: '' });
    expect(code).toBe(2);
    expect(checks['endpoint']).toEqual(is('failed', /is simulated, and nothing says so/, /label: 'simulated models'/));
  });

  it('asks before it calls a model that is not on this machine, and calls none otherwise', async () => {
    const posted: string[] = [];
    const server = createServer((request, response) => {
      if (request.method === 'POST') posted.push(request.url!);
      const completion = {
        choices: [{ index: 0, message: { role: 'assistant', content: 'OK' }, finish_reason: 'stop' }],
      };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(completion));
    }).listen(0);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    // It is on this machine, by a name that does not say so.
    const endpoint = `http://0.0.0.0:${(server.address() as AddressInfo).port}/v1`;
    for (const args of [['--json'], ['--json', '--no-call']]) {
      const { code, checks } = await examine({ endpoint, args });
      expect({ code, rollout: checks['rollout'] }).toEqual({ code: 0, rollout: is('skipped', /Not made/) });
    }
    const refused = await examine({ endpoint, args: [], answers: ['n'] });
    expect(`${refused.stderr}${refused.stdout}`).toMatch(/It asks http:\/\/0\.0\.0\.0[\s\S]*– rollout +Not made/);
    expect(posted).toEqual([]);
    expect((await examine({ endpoint, args: [], answers: ['y'] })).stdout).toMatch(/✓ spans/);
    expect(posted).toEqual(['/v1/chat/completions', '/v1/chat/completions']);
    expect((await examine({ endpoint, args: ['--json', '--call'] })).checks['spans']).toEqual(is('ok', /captured/));
  });

  it('ends with 2 for a config that cannot be used, and for a place where nothing can be kept', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'file'), '');
    writeFileSync(join(folder, 'agl.config.mjs'), 'export default {};');
    const { context, said } = recordingContext({ AGL_RUNS_DIRECTORY: join(folder, 'file/runs') });
    expect(await main(['doctor', folder], context)).toBe(2);
    expect(said.stdout).toMatch(/✗ runs +Nothing can be kept in .*\n +→ Name a folder of a local drive/);
    expect(said.stdout).toMatch(/✗ config +.*'agent' must be/);
    expect(said.stdout).toMatch(/\n\n2 things to mend: see →, then (?:\S+ )*agl doctor again\n$/);
  });
});
