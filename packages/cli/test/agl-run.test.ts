import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyFolder, startAgl } from './running-agl.ts';

const CONFIG = fileURLToPath(new URL('fixtures/counting.config.ts', import.meta.url));

/** A folder in which the config of the fixture is run. */
class Project {
  readonly folder = emptyFolder();
  readonly ledger = join(this.folder, 'ledger');

  start(args: readonly string[], env: Record<string, string> = {}) {
    return startAgl(args, {
      cwd: this.folder,
      env: { LEDGER: this.ledger, AGL_RUNS_DIRECTORY: '', npm_config_user_agent: 'npm/11', ...env },
    });
  }

  agl(args: readonly string[], env: Record<string, string> = {}) {
    return this.start(args, env).ended;
  }

  /** Starts a run and sends it a signal after so many rounds. */
  async stop(signal: NodeJS.Signals, { after = 2 } = {}) {
    const { child, line, ended } = this.start(['run', CONFIG, '--json'], { LATER_MS: '500' });
    for (let rounds = 0; rounds < after; ) if ((await line()).includes('"type":"best"')) rounds += 1;
    child.kill(signal);
    return { ...(await ended), directory: join('runs', readdirSync(join(this.folder, 'runs'))[0]!) };
  }

  /** What was done, in order. */
  work(): string[] {
    return readFileSync(this.ledger, 'utf8').trim().split('\n');
  }
}

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('agl run', () => {
  it('runs a config and prints what it came to, where the best prompt is, and what can be done with it', async () => {
    const project = new Project();
    const { code, stdout, stderr } = await project.agl(['run', CONFIG]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\nSeed prompt → best prompt v6\n/);
    expect(stdout).toContain('Scores (simulated models)');
    const [directory] = readdirSync(join(project.folder, 'runs'));
    expect(stdout).toContain(`Best prompt: runs/${directory}/best_prompt.json\n`);
    // What the config and the agents print is no part of the answer.
    expect(stdout).not.toContain('at work');
    expect(stderr).toContain('config at work\n');
    expect(stderr).toContain('agent at work on 3\n');
    expect(stderr).toMatch(/best score 36\.000 \(v6\)/);
    expect([project.work()[0], project.work().at(-1)]).toEqual(['opened', 'closed']);
  });

  it.each(['shared', 'process'])(
    'prints a line of JSON for each event and for the result, and nothing else, with agents that print and isolation %s',
    async (isolation) => {
      const project = new Project();
      const args = ['--json', '--seed', '7', '--runners', '1', '--run-directory', 'mine', '--budget-rollouts', '100'];
      const { code, stdout, stderr } = await project.agl(['run', CONFIG, ...args], {
        ISOLATION: isolation,
        MODEL_KEY: 'sk-of-the-test-123',
      });
      const lines = linesOf(stdout);
      expect(code).toBe(0);
      expect(stderr).toContain('agent at work on 3\n');
      expect(lines[0]).toMatchObject({ type: 'run-started', seed: 7, nRunners: 1 });
      expect(lines.filter(({ type }) => type === 'best')).toHaveLength(6);
      // Candidates come with the endpoint that they are for.
      expect(stdout).toContain('http://127.0.0.1:9/v1');
      expect(`${stdout}${stderr}`).not.toContain('sk-of-the-test-123');
      expect(lines.at(-2)).toMatchObject({ type: 'run-ended', stopReason: 'completed' });
      expect(lines.at(-1)).toMatchObject({
        type: 'result',
        result: { bestScore: 36, bestVersion: 'v6' },
        runDirectory: join(project.folder, 'mine'),
        budget: { limits: { rollouts: 100 } },
      });
    },
  );

  it('prints the directory of the run alone when it is to be quiet', async () => {
    const project = new Project();
    const runs = join(project.folder, 'of the config');
    const { code, stdout, stderr } = await project.agl(['run', CONFIG, '--quiet'], { RUNS: runs });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${join(runs, readdirSync(runs)[0]!)}\n` });
    expect(stderr.replaceAll(/^.* at work.*\n/gm, '')).toBe('');
  });

  it('is resumed after a kill, with its own command, and comes to the same', async () => {
    const project = new Project();
    const { directory } = await project.stop('SIGKILL');
    const { code, stdout } = await project.agl(['resume', directory]);
    expect(code).toBe(0);
    expect(linesOf(stdout)[0]).toMatchObject({ type: 'run-started', isResumed: true });
    expect(linesOf(stdout).at(-1)).toMatchObject({ result: { bestScore: 36 } });
    // The step under way at the kill may have been done without being recorded.
    const steps = project.work().filter((line) => line.startsWith('step'));
    expect(new Set(steps)).toEqual(new Set([1, 2, 3, 4, 5, 6].map((round) => `step ${round}`)));
    expect(steps.length).toBeLessThanOrEqual(7);
  });

  it('is stopped by Ctrl-C with 130, ends what the config has started, and goes on afterwards', async () => {
    const project = new Project();
    const { code, stdout, directory } = await project.stop('SIGINT');
    expect(code).toBe(130);
    expect(linesOf(stdout).at(-1)).toMatchObject({ type: 'result', stopReason: 'interrupted' });
    expect(project.work().at(-1)).toBe('closed');
    expect((await project.agl(['resume', directory])).code).toBe(0);
  });

  it('goes on when nobody reads it any more, and says what keeps it when the config leaves something open', async () => {
    const project = new Project();
    const { child, line, said, ended } = project.start(['run', CONFIG, '--json'], { LEFT_OPEN: '1' });
    await line();
    child.stdout!.destroy();
    const runs = join(project.folder, 'runs');
    while (!said('stderr').includes('still open')) await once(child.stderr!, 'data');
    expect(said('stderr')).toMatch(/something that .*counting\.config\.ts has started is still open/);
    expect(existsSync(join(runs, readdirSync(runs)[0]!, 'result.json'))).toBe(true);
    child.kill('SIGINT');
    await ended;
  });

  it('ends with 5 at its budget, and shows how to go on', async () => {
    const project = new Project();
    const { code, stdout } = await project.agl([
      'run',
      CONFIG,
      '--budget-rollouts',
      '7',
      '--run-directory',
      'runs/run-x',
    ]);
    expect(code).toBe(5);
    expect(stdout).toMatch(
      /^ {2}npx agl resume runs\/run-\S+ --budget-rollouts N {3}go on where it is, with N above 7$/m,
    );
    const again = await project.agl(['run', CONFIG, '--json', '--run-directory', 'runs/run-x']);
    expect(again.code).toBe(2);
    expect(linesOf(again.stdout)).toMatchObject([{ type: 'run-failed', code: 'CONFLICT' }]);
    expect(again.stderr).toMatch(/There is a run in runs\/run-x already \(.*npx agl resume runs\/run-x/);
    // By its name, with more, and shown in another way than it was begun.
    const resumed = await project.agl(['resume', 'run-x', '--budget-rollouts', '18', '--quiet']);
    expect(resumed).toMatchObject({ code: 0, stdout: `${join(project.folder, 'runs/run-x')}\n` });
  });

  it('takes every limit of its budget from the command line', async () => {
    const limits = [
      '--budget-model-calls',
      '30',
      '--budget-tokens',
      '1000',
      '--budget-usd',
      '0.5',
      '--budget-minutes',
      '2.5',
    ];
    const { code, stdout } = await new Project().agl(['run', CONFIG, '--json', ...limits]);
    expect({ code, ...linesOf(stdout).at(-1) }).toMatchObject({
      code: 0,
      budget: { limits: { modelCalls: 30, tokens: 1000, usd: 0.5, minutes: 2.5 }, reached: null },
    });
  });

  it.each([
    [['--budget-minutes', '0'], /It must be a positive number/],
    [['--budget-tokens', '1.5'], /It must be a positive integer/],
    [['--seed', '1.5'], /It must be an integer/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await new Project().agl(['run', CONFIG, ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('says what is wrong with 2 and without a stack, and ends what the config has started', async () => {
    const project = new Project();
    expect(await project.agl(['run'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/no agl\.config\.ts/) });
    writeFileSync(
      join(project.folder, 'agl.config.ts'),
      `import config from ${JSON.stringify(CONFIG)};\nexport default async () => ({ ...(await config()), nRunners: 0 });`,
    );
    const { code, stdout, stderr } = await project.agl(['run', '--json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: agl\.config\.ts: 'nRunners' must be a positive integer: current value is 0$/m);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(project.work()).toEqual(['opened', 'closed']);
    expect(existsSync(join(project.folder, 'runs'))).toBe(false);
  });
});

describe('agl plan', () => {
  it('prints the plan of the config that is here, and does nothing', async () => {
    const project = new Project();
    writeFileSync(join(project.folder, 'agl.config.ts'), `export { default } from ${JSON.stringify(CONFIG)};`);
    const { code, stdout } = await project.agl(['plan', '--json']);
    expect({ code, ...linesOf(stdout)[0] }).toMatchObject({ code: 0, algorithm: 'counting' });
    expect(project.work()).toEqual(['opened', 'closed']);
    const assuming = await project.agl(['plan', '--json', '--agent-calls-per-rollout', '2.5']);
    expect(linesOf(assuming.stdout)[0]).toMatchObject({
      assumptions: expect.arrayContaining([expect.stringMatching(/^an agent makes 2\.5 model calls in a rollout/)]),
    });
    expect(await project.agl(['plan', '.', 'more'])).toMatchObject({ code: 2, stdout: '' });
    // Nor does it keep anything.
    expect((await project.agl(['runs'])).stdout).toBe('There are no runs in runs yet: npx agl run begins one\n');
  });
});
