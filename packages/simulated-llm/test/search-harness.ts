import { uniform } from '../src/deterministic-random.ts';
import type { RoomsHard, RoomTask } from '../src/rooms-hard/index.ts';
import { type AgentOutcome, ask, runAgent, seedPrompt } from './simulated-agent.ts';

/** A beam search over prompts in the manner of APO, small enough to test the personas by: no store, no HTTP, no concurrency. */
export interface SearchSettings {
  readonly data: RoomsHard;
  /** Of the search and of the server. */
  readonly seed: number;
  readonly critic?: string;
  readonly editor?: string;
  readonly beamWidth?: number;
  readonly branchFactor?: number;
  readonly rounds?: number;
  readonly gradientBatchSize?: number;
  readonly valBatchSize?: number;
}

/** What a search found. */
export interface SearchResult {
  readonly best: string;
  readonly seedVal: number;
  readonly bestVal: number;
  readonly seedTest: number;
  readonly bestTest: number;
}

const placeholders = seedPrompt.match(/\{\w+\}/g) ?? [];

/** Searches from the seed prompt; the test set is read once, at the end. */
export function search(settings: SearchSettings): SearchResult {
  const { data, seed, critic = 'sim-critic', editor = 'sim-editor' } = settings;
  const { beamWidth = 4, branchFactor = 4, rounds = 3, gradientBatchSize = 4, valBatchSize = 16 } = settings;
  const outcomes = new Map<string, AgentOutcome>();
  const run = (prompt: string, task: RoomTask) => {
    const key = `${task.id}\n${prompt}`;
    const known = outcomes.get(key) ?? runAgent(prompt, task, data.rooms, { seed });
    outcomes.set(key, known);
    return known;
  };
  const score = (prompt: string, tasks: readonly RoomTask[]) =>
    tasks.reduce((sum, task) => sum + run(prompt, task).reward, 0) / tasks.length;
  const sample = (tasks: readonly RoomTask[], size: number, ...key: (string | number)[]) =>
    [...tasks].sort((a, b) => uniform(seed, ...key, a.id) - uniform(seed, ...key, b.id)).slice(0, size);

  let beam = [seedPrompt];
  let best = seedPrompt;
  const seedVal = score(seedPrompt, data.val);
  let bestVal = seedVal;
  for (let round = 1; round <= rounds; round++) {
    const parents = Array.from({ length: beamWidth }, (_, index) => beam[index % beam.length] as string);
    const children = parents.flatMap((parent, index) =>
      Array.from({ length: branchFactor }, (_, branch) => {
        const batch = sample(data.train, gradientBatchSize, 'train', round, index, branch);
        const outcomesOfBatch = batch.map((task) => run(parent, task));
        return improve(parent, outcomesOfBatch, { critic, editor, seed, variant: index + branch });
      }),
    );
    const valBatch = sample(data.val, valBatchSize, 'val', round);
    const formattable = children.filter((child) => child !== undefined).filter(formats);
    const candidates = [...new Set([...beam, ...formattable])];
    beam = candidates.sort((a, b) => score(b, valBatch) - score(a, valBatch)).slice(0, beamWidth);
    const leader = beam[0] as string;
    const leaderVal = score(leader, data.val);
    if (leaderVal > bestVal) [best, bestVal] = [leader, leaderVal];
  }
  return { best, seedVal, bestVal, seedTest: score(seedPrompt, data.test), bestTest: score(best, data.test) };
}

/** A critique of the outcomes and an edit by it; `undefined` when there is nothing to go by. */
function improve(
  prompt: string,
  outcomes: readonly AgentOutcome[],
  { critic, editor, seed, variant }: { critic: string; editor: string; seed: number; variant: number },
): string | undefined {
  const experiments = outcomes.map(({ reward, messages }) => {
    const json = JSON.stringify({ status: 'succeeded', reward, feedback: null, messages });
    return `<experiment>\n${json}\n</experiment>`;
  });
  const question = ['What should be better about this prompt?', 'Criticise the prompt.'][variant % 2] ?? '';
  const critique = ask(
    critic,
    { messages: [{ role: 'user', content: `${question}\n<prompt>\n${prompt}\n</prompt>\n${experiments.join('\n')}` }] },
    seed,
  ).content;
  if (!critique) return undefined;
  const wish = ['Address every point.', 'Make one change only.'][(variant >> 1) % 2] ?? '';
  const edited = ask(
    editor,
    {
      messages: [
        { role: 'user', content: `${wish}\n<prompt>\n${prompt}\n</prompt>\n<critique>\n${critique}\n</critique>` },
      ],
    },
    seed,
  ).content;
  return edited || undefined;
}

/** Whether a prompt still has every placeholder of the seed, and no other braces. */
function formats(prompt: string): boolean {
  const names = placeholders.every((name) => prompt.includes(name));
  return names && !/[{}]/.test(prompt.replace(/\{\w+\}/g, ''));
}
