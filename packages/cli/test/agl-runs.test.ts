import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyFolder, startAgl } from './running-agl.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/training-script.ts', import.meta.url));
/** 3 tasks, 6 rounds: (1 + 2 + 3) × (1 + … + 6). */
const RESULT = { result: 126, stopReason: 'completed' };

const every = process.env['AGL_PROCESSES'] === 'every';

/** A folder with runs of the script in it. */
class Training {
  readonly folder = emptyFolder();
  readonly ledger = join(this.folder, 'ledger');
  readonly runs = join(this.folder, 'runs');

  /** Runs the script to its end, or kills it after so many rounds. @returns the directory of its run */
  async start({ killAfter = Infinity, signal = 'SIGKILL' as NodeJS.Signals, budget = {} } = {}): Promise<string> {
    const known = this.#directories();
    const child = spawn(process.execPath, [SCRIPT, this.ledger], {
      env: {
        ...process.env,
        AGL_RUNS_DIRECTORY: this.runs,
        BUDGET: JSON.stringify(budget),
        QUICK_ROUNDS: String(killAfter),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let rounds = 0;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      rounds += text.length;
      if (rounds >= killAfter) child.kill(signal);
    });
    await once(child, 'close');
    return join(this.runs, this.#directories().find((name) => !known.includes(name))!);
  }

  #directories(): string[] {
    return existsSync(this.runs) ? readdirSync(this.runs) : [];
  }

  agl(...args: string[]) {
    return this.startAgl(args).ended;
  }

  startAgl(args: readonly string[], env: Record<string, string> = {}) {
    return startAgl(args, { cwd: this.folder, env: { AGL_RUNS_DIRECTORY: this.runs, ...env } });
  }

  /** What was done, and how often. */
  work(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const line of readFileSync(this.ledger, 'utf8').trim().split('\n'))
      counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  }
}

describe('agl runs', () => {
  it('lists runs with status, best score and directory, the newest first', async () => {
    const training = new Training();
    expect(await training.agl('runs')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^There are no runs in \S+ yet: .*agl run begins one\n$/),
    });
    const brokenOff = await training.start({ killAfter: 2 });
    const interrupted = await training.start({ killAfter: 2, signal: 'SIGINT' });
    const completed = await training.start();
    const { stdout, code } = await training.agl('runs', '--json');
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      {
        directory: completed,
        status: 'completed',
        pid: null,
        algorithm: 'search',
        bestScore: 126,
        bestVersion: 'v5',
        rollouts: 18,
      },
      { directory: interrupted, status: 'interrupted' },
      { directory: brokenOff, status: 'broken-off' },
    ]);
    const table = (await training.agl('runs')).stdout;
    expect(table).toMatch(/^STARTED +STATUS +ALGORITHM +ROLLOUTS +CALLS +TOKENS +USD +BEST +DIRECTORY\n/);
    expect(table).toMatch(/ completed +search +18 +6 +600 +0\.60 +126\.000 \(v5\) +runs\/run-/);
  });

  it('names a run that cannot be read, and lists the others', async () => {
    const training = new Training();
    const broken = await training.start();
    writeFileSync(join(broken, 'run.json'), '{');
    const good = await training.start();
    const { stdout, stderr, code } = await training.agl('runs', training.runs, '--json');
    expect(code).toBe(3);
    expect(stderr).toContain(join(broken, 'run.json'));
    expect(JSON.parse(stdout)).toMatchObject({ directory: good });
  });
});

describe('agl plan', () => {
  it('prints what a script would take, and nothing of it is done', async () => {
    const training = new Training();
    const { code, stdout } = await training.agl('plan', SCRIPT, training.ledger, '--json');
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      algorithm: 'search',
      planned: { rollouts: 6, modelCalls: 0 },
      parts: [{ name: 'what the script says', rollouts: 6, formula: '2 × 3 training tasks' }],
    });
    const text = (await training.agl('plan', SCRIPT, training.ledger)).stdout;
    expect(text).toMatch(/^Plan of search\n {2}planned +6 rollouts · 0 model calls of the optimiser · /);
    expect(existsSync(training.ledger)).toBe(false);
    expect(existsSync(training.runs)).toBe(false);
  });

  it('assumes what it is told to', async () => {
    const training = new Training();
    const assumed = [
      '--agent-calls-per-rollout',
      '2',
      '--tokens-per-agent-call',
      '1200,150',
      '--seconds-per-rollout',
      '9',
    ];
    const { code, stdout } = await training.agl('plan', ...assumed, SCRIPT, training.ledger, '--json');
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      planned: { rollouts: 6, agentCalls: 12, tokens: 12 * 1350, seconds: 3 * 9 },
    });
  });

  it('assumes of the optimiser and of the model of the agents what it is told to', async () => {
    const folder = emptyFolder();
    const module = (name: string): string =>
      JSON.stringify(new URL(`../../${name}/src/index.ts`, import.meta.url).href);
    writeFileSync(
      join(folder, 'agl.config.ts'),
      `import { algorithm, rollout } from ${module('agentlightning')};
       const part = { name: 'critiques', round: 1, rollouts: 0, modelCalls: 4, formula: '4', model: 'critic', callsAtOnce: 1 };
       const search = algorithm(async () => null, { name: 'search' });
       Object.assign(search, { plan: () => ({ rounds: 1, parts: [part, { ...part, rollouts: 2, modelCalls: 0 }], extras: [] }) });
       export default { agent: rollout(async () => 1), algorithm: search, trainDataset: [1] };`,
    );
    const assumed = [
      '--tokens-per-optimizer-call',
      '50,6',
      '--seconds-per-optimizer-call',
      '3',
      '--seconds-per-rollout',
      '1',
    ];
    const agent = ['--agent-calls-per-rollout', '1', '--tokens-per-agent-call', '10,0', '--agent-model', 'worker'];
    const { code, stdout } = await startAgl(['plan', '--json', ...assumed, ...agent], { cwd: folder }).ended;
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      planned: { tokens: 4 * 56 + 2 * 10, seconds: 4 * 3 + 1 },
      unknown: ['what critic, worker cost: add prices'],
    });
  });

  it.each([
    [['--agent-calls-per-rollout', '-1'], 'It must be a number, 0 or more'],
    [['--tokens-per-agent-call', '1200'], 'It must be two numbers, such as 1200,150'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await new Training().agl('plan', SCRIPT, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('says when a script does not train, and when there is none', async () => {
    const training = new Training();
    const idle = join(training.folder, 'idle.ts');
    writeFileSync(idle, 'console.log("done");');
    const { code, stdout, stderr } = await training.agl('plan', idle);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^done\nerror: .*idle\.ts ended with 0 before it began a run/);
    expect(await training.agl('plan', 'nowhere.ts')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere.ts'),
    });
  });
});

describe('agl resume', () => {
  it('goes on with a run that was killed, to the same result, and does nothing again that was recorded', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 3 });
    const { stdout, code } = await training.agl('resume', directory);
    expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, ...RESULT });
    expect(readdirSync(training.runs)).toHaveLength(1);
    const work = training.work();
    expect(work.size).toBe(6 + 18);
    for (const round of [0, 1, 2]) expect(work.get(`step ${round}`)).toBe(1);
    // Two slots were at work when it was killed.
    expect([...work.values()].reduce((sum, count) => sum + count - 1, 0)).toBeLessThanOrEqual(2);
    // Its end is the end: it is answered from the records.
    expect(JSON.parse((await training.agl('resume', directory)).stdout)).toEqual(RESULT);
    expect(training.work()).toEqual(work);
  });

  it('passes signals on to the script, and ends with its exit status', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 2 });
    const resumed = training.startAgl(['resume', directory], { QUICK_ROUNDS: '2' });
    await once(resumed.child.stderr!, 'data');
    resumed.child.kill('SIGINT');
    const { stdout, code } = await resumed.ended;
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 130, stopReason: 'interrupted' });
    expect(JSON.parse((await training.agl('resume', directory)).stdout)).toEqual(RESULT);
  });

  it('ends with 5 at the budget, tells what was spent, and goes on with a higher limit', async () => {
    const training = new Training();
    const directory = await training.start({ budget: { rollouts: 8 } });
    const { stdout } = await training.agl('runs', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'budget',
      stopReason: 'budget',
      budget: { rollouts: 8 },
      spend: {
        rollouts: 6,
        modelCalls: { algorithm: 3, agent: 0 },
        tokens: { prompt: 270, completion: 30 },
        usd: expect.closeTo(0.3) as number,
      },
    });
    expect(await training.agl('resume', directory, '--budget-rollouts', '9')).toMatchObject({ code: 5 });
    const { stdout: result, code } = await training.agl('resume', directory, '--budget-rollouts', '18');
    expect({ code, ...JSON.parse(result) }).toEqual({ code: 0, ...RESULT });
    for (const [work, times] of training.work()) expect([work, times]).toEqual([work, 1]);
    expect(await training.agl('resume', directory, '--json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('decides by itself what it prints: leave out --json'),
    });
    expect(await training.agl('resume', directory, '--budget-rollouts', '1.5')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It must be a positive integer'),
    });
  });

  it('refuses a run that is running, naming its process', async () => {
    const training = new Training();
    const child = spawn(process.execPath, [SCRIPT, training.ledger], {
      env: { ...process.env, AGL_RUNS_DIRECTORY: training.runs, QUICK_ROUNDS: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(child.stderr, 'data');
    child.kill('SIGSTOP');
    const directory = join(training.runs, readdirSync(training.runs)[0]!);
    const { code, stderr } = await training.agl('resume', directory);
    const { stdout } = await training.agl('runs', '--json');
    child.kill('SIGKILL');
    await once(child, 'close');
    // At once, with nothing to clean up.
    expect(JSON.parse((await training.agl('resume', directory)).stdout)).toEqual(RESULT);
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(`process ${child.pid} works on it. Wait until it ends, or stop it`),
    });
    expect(JSON.parse(stdout)).toMatchObject({ status: 'running', pid: child.pid });
  });

  it('refuses a run that has changed, and goes on by force', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 3 });
    const path = join(directory, 'run.json');
    const header = JSON.parse(readFileSync(path, 'utf8')) as { fingerprint: object };
    writeFileSync(path, JSON.stringify({ ...header, fingerprint: { ...header.fingerprint, seed: 5 } }));
    const refused = await training.agl('resume', directory);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('seed: 5 → 0');
    const forced = await training.agl('resume', directory, '--force');
    expect(JSON.parse(forced.stdout)).toEqual(RESULT);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      forced: [{ differences: ['seed: 5 → 0'] }],
    });
  });

  it('names a store that is damaged, empty, gone or newer, and what to do, and starts nothing', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 3, signal: 'SIGINT' });
    const path = join(directory, 'store.db');
    const whole = readFileSync(path);
    const work = training.work();
    const newer = Buffer.from(whole);
    newer.writeUInt32BE(99, 60);
    const damages: [string, () => void, RegExp][] = [
      ['cut', () => writeFileSync(path, whole.subarray(0, whole.length / 2)), /damaged.*backup/],
      ['empty', () => writeFileSync(path, ''), /gone or empty.*backup/],
      ['overwritten', () => writeFileSync(path, 'no database'.repeat(1000)), /another program.*backup/],
      ['newer', () => writeFileSync(path, newer), /newer version.*Open it with that version/],
      ['gone', () => rmSync(path), /gone or empty.*backup/],
    ];
    for (const [damage, inflict, message] of damages) {
      inflict();
      const { code, stderr } = await training.agl('resume', directory, '--force');
      expect({ damage, code, stderr }).toEqual({ damage, code: 3, stderr: expect.stringMatching(message) });
      expect(stderr).toContain(path);
    }
    expect(await training.agl('runs')).toMatchObject({ code: 3, stderr: expect.stringContaining(path) });
    writeFileSync(path, whole);
    expect(training.work()).toEqual(work);
    expect(JSON.parse((await training.agl('resume', directory)).stdout)).toEqual(RESULT);
  });

  it('names the file of the last changes when it is gone after a kill', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 3 });
    const log = join(directory, 'store.db-wal');
    const changes = readFileSync(log);
    rmSync(log);
    expect(await training.agl('resume', directory)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('"-wal" added. Put that back'),
    });
    writeFileSync(log, changes);
    expect(JSON.parse((await training.agl('resume', directory)).stdout)).toEqual(RESULT);
  });

  it.runIf(every && process.platform !== 'win32')(
    'goes on with a run whose disk took no more, which said so',
    async () => {
      const training = new Training();
      // Files may not grow beyond a few hundred KB, so that writing fails as on a disk that is full.
      const child = spawn('bash', ['-c', 'ulimit -f 400; exec "$0" "$@"', process.execPath, SCRIPT, training.ledger], {
        env: { ...process.env, AGL_RUNS_DIRECTORY: training.runs },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
      });
      const [code] = (await once(child, 'close')) as [number | null];
      const [name] = readdirSync(training.runs);
      expect({ code, errors }).toEqual({
        code: 3,
        errors: expect.stringMatching(
          `The store .* cannot be read or written: .*What was done is kept: mend that, then go on by: agl resume .*${name}`,
        ),
      });
      expect(JSON.parse((await training.agl('resume', name!)).stdout)).toEqual(RESULT);
    },
  );

  it('goes on although what nothing is read back from is damaged, and writes it again', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 3 });
    for (const name of ['best_prompt.json', 'journal.jsonl', 'result.json']) {
      writeFileSync(join(directory, name), 'no\0thing\n');
    }
    expect(JSON.parse((await training.agl('resume', directory)).stdout)).toEqual(RESULT);
    expect(JSON.parse(readFileSync(join(directory, 'best_prompt.json'), 'utf8'))).toMatchObject({ best_version: 'v5' });
    expect(JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8'))).toMatchObject({ result: 126 });
    const events = readFileSync(join(directory, 'journal.jsonl'), 'utf8').trim().split('\n');
    const warnings = events.map((line) => JSON.parse(line) as object).filter((event) => 'message' in event);
    expect(warnings).toMatchObject([
      { type: 'warning', message: expect.stringContaining('best_prompt.json was damaged') },
      { type: 'warning', message: expect.stringContaining('result.json was damaged') },
      { type: 'warning', message: expect.stringContaining('journal.jsonl was damaged: 1 line') },
    ]);
  });

  it('says when the directory is gone in which it was started, and when its script does not go on with it', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 3 });
    const path = join(directory, 'run.json');
    const whole = readFileSync(path, 'utf8');
    const { command } = JSON.parse(whole) as { command: { script: string; directory: string } };
    const gone = join(training.folder, 'gone');
    writeFileSync(path, whole.replace(`"directory": "${command.directory}"`, `"directory": "${gone}"`));
    expect(await training.agl('resume', directory)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`the directory in which it was started is not there: ${gone}. Make it again`),
    });
    const idle = join(training.folder, 'idle.ts');
    writeFileSync(idle, 'console.log("done");');
    writeFileSync(path, whole.replace(command.script, idle));
    expect(await training.agl('resume', directory)).toMatchObject({
      code: 2,
      stdout: 'done\n',
      stderr: expect.stringContaining('idle.ts ended with 0 and did not go on with the run'),
    });
    writeFileSync(path, whole);
    expect(JSON.parse((await training.agl('resume', directory)).stdout)).toEqual(RESULT);
  });

  it('says when there is no run, and when its script is gone', async () => {
    const training = new Training();
    expect(await training.agl('resume', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no run'),
    });
    const directory = await training.start();
    const path = join(directory, 'run.json');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('training-script.ts', 'gone.ts'));
    expect(await training.agl('resume', directory)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('gone.ts'),
    });
    rmSync(path);
    expect(await training.agl('resume', directory)).toMatchObject({ code: 3 });
  });
});
