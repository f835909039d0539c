import { readFileSync } from 'node:fs';
import { parseLedger, type UndisturbedRun, workOf } from '@agentlightning/core/testing';
import { type SimulatedLlm, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { type Comparable, comparableOf } from './comparable.ts';
import { Scene } from './scene.ts';
import { lookAtCopy } from './store-copy.ts';
import { toldEventsIn } from './told-events.ts';

/** Long enough that kills meet calls under way, milliseconds. */
const MODEL_LATENCY_MS = 12;

/** What all trials share: the models, in a process of their own that nobody kills, and a run that nothing happens to. */
export class Stage implements AsyncDisposable {
  readonly model: SimulatedLlm;
  readonly undisturbed: UndisturbedRun & { readonly result: Comparable };
  /** What its journal tells. */
  readonly toldEvents: readonly string[];
  /** How many bytes agents write down in it. */
  readonly ledgerBytes: number;

  private constructor(model: SimulatedLlm, clean: CleanRun) {
    this.model = model;
    this.toldEvents = clean.toldEvents;
    this.undisturbed = clean.undisturbed;
    this.ledgerBytes = clean.ledgerBytes;
  }

  /** Starts the models, and has a run come to its end. */
  static async open(): Promise<Stage> {
    const latency = { kind: 'constant', ms: MODEL_LATENCY_MS } as const;
    const model = await spawnSimulatedLlm({ latency: { critic: latency, editor: latency } });
    try {
      return new Stage(model, await runUndisturbed(model));
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  /** How many calls have reached a model since the last trial began, those included whose caller is dead by now. */
  async modelCalls(): Promise<number> {
    // What had arrived before the first question was asked has been taken in before the second one is answered.
    await this.model.stats();
    return (await this.model.stats()).calls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.model.close();
  }
}

type CleanRun = Pick<Stage, 'undisturbed' | 'toldEvents' | 'ledgerBytes'>;

async function runUndisturbed(model: SimulatedLlm): Promise<CleanRun> {
  const scene = await Scene.open('alone', model.baseUrl);
  try {
    const child = scene.startRun();
    const { code } = await child.ended;
    if (code !== 0) throw new Error(`The undisturbed run failed: ${child.errors}`);
    const copy = await lookAtCopy(scene.storePath, scene.runId);
    const { calls: modelCalls } = await model.stats();
    const undisturbed = { result: comparableOf(child.output), work: workOf(copy!.sighting), modelCalls };
    if (parseLedger(readFileSync(scene.ledger, 'utf8')).length === 0) throw new Error('Agents wrote nothing down');
    return { undisturbed, toldEvents: toldEventsIn(scene.journalPath), ledgerBytes: scene.progress };
  } finally {
    await scene.endAll();
    scene.remove();
  }
}
