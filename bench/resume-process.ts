// A program of its own, as it is killed: begins a search in the directory of its first argument, or goes on with it, and tells of every record.
import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { generateRoomsHard, type RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import { APO, Trainer } from 'agentlightning';
import { clockMs } from './clock.ts';
import { ResumeAgent } from './resume-agent.ts';
import { DEFAULTS, seedPrompt, VALIDATION_TASKS } from './timed-search.ts';

enableCompileCache();

const [runDirectory, ledger, baseURL] = process.argv.slice(2) as [string, string, string];
const { train, val } = generateRoomsHard();
const trainer = new Trainer({
  algorithm: new APO<RoomTask>(
    { baseURL, apiKey: 'simulated' },
    { gradientModel: 'sim-critic', applyEditModel: 'sim-editor', ...DEFAULTS },
  ),
  nRunners: 32,
  initialResources: { prompt_template: seedPrompt },
});
const processMs = clockMs() - performance.now();
const calledMs = clockMs();
const stream = trainer.stream(new ResumeAgent({ ledger }), train, {
  valDataset: val.slice(0, VALIDATION_TASKS),
  runDirectory,
  resume: existsSync(join(runDirectory, 'run.json')),
});
for await (const { type } of stream) {
  // Each follows a record: a step's reply, a verdict.
  if (type === 'model-calls' || type === 'evaluation-ended') process.send?.({ recorded: true });
}
const { counts } = await stream.result;
const begins = readFileSync(ledger, 'utf8').trim().split('\n').map(Number);
const firstMs = Math.min(...begins.filter((beganMs) => beganMs >= calledMs));
process.send?.({
  sinceCallMs: firstMs - calledMs,
  sinceStartMs: firstMs - processMs,
  rollouts: counts.rollouts.succeeded,
});
