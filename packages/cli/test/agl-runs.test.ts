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

/** A folder with runs of the script in it. */
class Training {
  readonly folder = emptyFolder();
  readonly ledger = join(this.folder, 'ledger');
  readonly runs = join(this.folder, 'runs');

  /** Runs the script to its end, or kills it after so many rounds. @returns the directory of its run */
  async start({ killAfter = Infinity, signal = 'SIGKILL' as NodeJS.Signals } = {}): Promise<string> {
    const known = this.#directories();
    const child = spawn(process.execPath, [SCRIPT, this.ledger], {
      env: { ...process.env, AGL_RUNS_DIRECTORY: this.runs },
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
    return startAgl(args, { cwd: this.folder, env: { AGL_RUNS_DIRECTORY: this.runs } }).ended;
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
    expect(await training.agl('runs')).toMatchObject({ code: 0, stdout: `There are no runs in ${training.runs}\n` });
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
    expect(table).toMatch(/^STARTED +STATUS +ALGORITHM +ROLLOUTS +BEST +DIRECTORY\n/);
    expect(table).toMatch(/ completed +search +18 +126\.000 \(v5\) +runs\/run-/);
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

  it('refuses a run that is running, naming its process', async () => {
    const training = new Training();
    const child = spawn(process.execPath, [SCRIPT, training.ledger], {
      env: { ...process.env, AGL_RUNS_DIRECTORY: training.runs },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(child.stderr, 'data');
    child.kill('SIGSTOP');
    const directory = join(training.runs, readdirSync(training.runs)[0]!);
    const { code, stderr } = await training.agl('resume', directory);
    const { stdout } = await training.agl('runs', '--json');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining(`process ${child.pid}`) });
    expect(JSON.parse(stdout)).toMatchObject({ status: 'running', pid: child.pid });
  });

  it('refuses a run that has changed, and goes on by force', async () => {
    const training = new Training();
    const directory = await training.start({ killAfter: 3 });
    const path = join(directory, 'run.json');
    const header = JSON.parse(readFileSync(path, 'utf8')) as { fingerprint: object };
    writeFileSync(path, JSON.stringify({ ...header, fingerprint: { ...header.fingerprint, seed: 5 } }));
    const refused = await training.agl('resume', directory);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('seed was 5 and is 0');
    const forced = await training.agl('resume', directory, '--force');
    expect(JSON.parse(forced.stdout)).toEqual(RESULT);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      forced: [{ differences: ['seed was 5 and is 0'] }],
    });
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
