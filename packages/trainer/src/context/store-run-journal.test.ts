import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AlgorithmContext,
  algorithm,
  LightningError,
  PromptTemplate,
  type RunRecord,
  type RunRecordKeeper,
  silentLogger,
  systemClock,
} from '@agentlightning/core';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runAlgorithm } from '../run-algorithm.ts';
import { algorithmChecks } from '../testing/algorithm-checks.ts';
import type { TrialBackend } from '../testing/trial-backend.ts';
import { TrialWorld } from '../testing/trial-world.ts';
import { TimeAccount } from '../timing/time-account.ts';
import { StoreRunJournal } from './store-run-journal.ts';

/** Store and records in a file; every process reads the records from it. */
async function fileBackend(): Promise<TrialBackend> {
  const directory = await mkdtemp(join(tmpdir(), 'agl-journal-'));
  const store = await SqliteLightningStore.open({ path: join(directory, 'store.db'), synchronous: 'normal' });
  return {
    store,
    openJournal: () => StoreRunJournal.open(store.runRecords, 'trial'),
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

const tasks = ['one', 'two', 'three', 'four'];

async function search(context: AlgorithmContext<string>): Promise<string> {
  let best = { score: -1, template: '' };
  for (let round = 0; round < 2; round += 1) {
    const scope = context.scope(`r${round}`);
    const scored = await Promise.all(
      [0, 1].map(async (branch) => {
        const own = scope.scope(branch);
        const template = await own.step('edit', { after: best.template }, async () => `${best.template}${branch}`);
        const candidate = { prompt: new PromptTemplate({ template }) };
        const outcomes = await own.evaluate('score', { candidates: [candidate], tasks, mode: 'val' }).outcomes();
        const score = outcomes.reduce((sum, { reward }) => sum + reward!, 0);
        context.offerBest({ score, rank: round * 2 + branch, version: template, candidate });
        own.emit('scored', { type: 'custom', name: 'scored', data: { template, score } });
        return { score, template };
      }),
    );
    for (const candidate of scored) if (candidate.score > best.score) best = candidate;
  }
  return best.template;
}

describe('an algorithm whose records are in its store', () => {
  const trial = {
    create: () => algorithm(search),
    agent: (task: string, resources: object) =>
      (task.length * Number((resources as { prompt: PromptTemplate }).prompt.template)) % 7,
    initialResources: { prompt: new PromptTemplate({ template: '' }) },
    trainDataset: tasks,
    kills: 16,
  };
  it.each(algorithmChecks(trial, fileBackend).map(({ name, run }) => [name, run] as const))('%s', (_, run) => run());
});

describe('what a run keeps of itself', () => {
  it('is there for the process that goes on with it: where its time went, and what was found', async () => {
    await using backend = await fileBackend();
    const first = await backend.openJournal();
    const time = new TimeAccount(0, 1).totals(7);
    const finding = { code: 'no-spans', message: 'none in 8 rollouts', details: { rollouts: 8 } } as const;
    first.noteTime(new TimeAccount(0, 1).totals(5));
    first.noteTime(time);
    first.noteFinding('no-spans', { finding, weight: 8 });
    first.noteFinding('rewards-all-equal', { finding: { ...finding, code: 'rewards-all-equal' }, weight: 8 });
    first.noteFinding('rewards-all-equal', null);
    await first.flush();
    const second = await backend.openJournal();
    expect(second.getTime()).toEqual(time);
    expect([...second.findings()]).toEqual([{ finding, weight: 8 }]);
  });
});

describe('a step that has spent and whose record cannot be written', () => {
  it('stops the run, whatever catches that, and is bought again when the run is resumed', async () => {
    const failure = new Error('disk full');
    const backend = await fileBackend();
    let isFull = true;
    const journal = (): Promise<StoreRunJournal> => {
      const keeper = (backend.store as SqliteLightningStore).runRecords;
      const put: RunRecordKeeper['put'] = async (runId, records) => {
        if (isFull && records.some(({ kind, key }) => kind === 'step' && key.includes('second'))) throw failure;
        await keeper.put(runId, records);
      };
      return StoreRunJournal.open({ load: (runId) => keeper.load(runId), put }, 'trial');
    };
    const bought: string[] = [];
    const buys = algorithm(async (context) => {
      const buy = (key: string) => context.step(key, null, async () => bought.push(key));
      await buy('first');
      await buy('second').catch(() => {});
      await buy('third').catch(() => {});
      return bought.length;
    });
    const trial = { create: () => buys, agent: () => 1, initialResources: {}, trainDataset: ['task'] };
    await using world = new TrialWorld(trial, { ...backend, store: backend.store, openJournal: journal });
    await expect(world.pass()).rejects.toBe(failure);
    expect(bought).toEqual(['first', 'second']);
    isFull = false;
    expect(await world.pass()).toMatchObject({ ending: 'done' });
    expect(bought).toEqual(['first', 'second', 'second', 'third']);
  });
});

describe('a run that waits for rollouts', () => {
  /** Nobody works on its rollouts. @param keep - is given what is kept once it waits, by which time nobody awaits that it is */
  async function waiting(keep: RunRecordKeeper['put'], signal = new AbortController().signal) {
    await using backend = await fileBackend();
    const keeper = (backend.store as SqliteLightningStore).runRecords;
    let isWaiting = false;
    const put: RunRecordKeeper['put'] = async (runId, records) => {
      await (isWaiting ? keep(runId, records) : keeper.put(runId, records));
      isWaiting ||= records.some(({ kind }) => kind === 'evaluation');
    };
    const journal = await StoreRunJournal.open({ load: async () => [], put }, 'trial');
    const job = {
      runId: 'trial',
      seed: 0,
      algorithm: algorithm<string, number>(async (context) => {
        const outcomes = await context.evaluate('e', { candidates: [{}], tasks, mode: 'val' }).outcomes();
        return outcomes.length;
      }),
      trainDataset: tasks,
      valDataset: [],
      testDataset: undefined,
      initialResources: {},
      adapter: undefined,
      rolloutConfig: {},
      maxRollouts: undefined,
    };
    const environment = { store: backend.store, signal, post: () => {} };
    return await runAlgorithm(job, environment, { clock: systemClock, logger: silentLogger, journal });
  }

  it('notes every second that it is alive, what it has spent and where its time went', async () => {
    const start = Date.now() / 1000;
    const stop = new AbortController();
    let notes: readonly RunRecord[] | undefined;
    const keep: RunRecordKeeper['put'] = async (_, records) => {
      if (records.some(({ kind }) => kind === 'alive')) notes ??= records;
      if (notes !== undefined) stop.abort(new LightningError('ABORTED', 'enough'));
    };
    expect(await waiting(keep, stop.signal)).toMatchObject({ isInterrupted: true });
    const noted = (kind: string): unknown => JSON.parse(notes!.find((note) => note.kind === kind)!.value);
    expect(noted('alive')).toBeGreaterThanOrEqual(start + 0.9);
    expect(noted('spend')).toMatchObject({ type: 'process', seconds: expect.closeTo(1, 0) });
    expect(noted('time')).toBeDefined();
  });

  it('ends when its records cannot be kept any more: nobody could report to it either', async () => {
    const failure = new Error('disk full');
    await expect(waiting(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});

/** Keeps records in an array, and can fail. */
function keeperWith(put: RunRecordKeeper['put']): RunRecordKeeper {
  return { load: async () => [], put };
}

describe('StoreRunJournal', () => {
  it('writes what answers no promise in order with what does, and in few requests', async () => {
    const puts: string[][] = [];
    const journal = await StoreRunJournal.open(
      keeperWith(async (_, records) => void puts.push(records.map(({ kind, key }) => `${kind} ${key}`))),
      'run-1',
    );
    journal.putEvent('a');
    journal.putEvent('b');
    await journal.putStep('s', { inputHash: 'h', modelCalls: 0, outcome: { type: 'value', json: '1' } });
    expect(puts).toEqual([['event a', 'event b', 'step s']]);
    journal.putEvent('c');
    journal.putBest({ score: 1, rank: 0, version: 'v1', candidate: {} });
    await expect.poll(() => puts.slice(1)).toEqual([['event c', 'best ']]);
    await journal.flush();
    expect(puts).toHaveLength(2);
  });

  it('keeps nothing after a gap, and tells whoever waits for the end', async () => {
    const failure = new Error('disk full');
    let puts = 0;
    const journal = await StoreRunJournal.open(
      keeperWith(async () => {
        puts += 1;
        throw failure;
      }),
      'run-1',
    );
    journal.putEvent('a');
    await expect(journal.flush()).rejects.toBe(failure);
    await expect(journal.openEvaluation('e', { requestHash: 'h', deadline: null })).rejects.toBe(failure);
    await expect(journal.flush()).rejects.toBe(failure);
    expect(puts).toBe(1);
  });

  it('moves the deadlines of open evaluations by the time in which nobody worked on the run', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agl-journal-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const store = await SqliteLightningStore.open({ path: join(directory, 'store.db') });
    onTestFinished(() => store.close());
    const first = await StoreRunJournal.open(store.runRecords, 'run-1');
    await first.resume(1000);
    await first.openEvaluation('open', { requestHash: 'h', deadline: 1100 });
    await first.openEvaluation('closed', { requestHash: 'h', deadline: 1100 });
    await first.closeEvaluation('closed', '[]');
    first.alive(1010);
    await first.flush();
    for (const now of [5000, 5000]) {
      const later = await StoreRunJournal.open(store.runRecords, 'run-1');
      await later.resume(now);
      expect(later.getEvaluation('open')?.deadline).toBe(1100 + 3990);
      expect(later.getEvaluation('closed')).toEqual({ requestHash: 'h', deadline: 1100, verdict: '[]' });
    }
  });

  it('refuses records of a kind that it does not know', async () => {
    const keeper: RunRecordKeeper = {
      load: async () => [{ kind: 'dream', key: '', value: '1' }],
      put: async () => {},
    };
    await expect(StoreRunJournal.open(keeper, 'run-1')).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      message: expect.stringContaining("'dream'"),
    });
  });
});
