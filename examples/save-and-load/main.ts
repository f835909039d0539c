// Saves the best prompt after a run, then loads and uses it in a second process, as a deployed agent would.
// The models are simulated: a rule-based program answers over HTTP.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard, type RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import { RoomSelector, seedPrompt } from '@agentlightning-examples/room-selector';
import { APO, LLM, saveBestPrompt, Trainer } from 'agentlightning';
import OpenAI from 'openai';
import { request } from './request.ts';

if (import.meta.main) {
  const { values } = parseArgs({ options: { output: { type: 'string' } } });
  const directory = values.output ?? (await mkdtemp(join(tmpdir(), 'best-prompt-')));
  const server = await spawnSimulatedLlm();
  try {
    const algorithm = new APO<RoomTask>(new OpenAI({ baseURL: server.baseUrl, apiKey: 'simulated' }), {
      gradientModel: 'sim-critic',
      applyEditModel: 'sim-editor',
      beamWidth: 2,
      branchFactor: 2,
      beamRounds: 2,
    });
    const { train, val } = generateRoomsHard();
    const trainer = new Trainer({
      algorithm,
      initialResources: {
        prompt_template: seedPrompt,
        agent_llm: new LLM({ endpoint: server.baseUrl, model: 'sim-agent-weak' }),
      },
    });
    const run = await trainer.fit(new RoomSelector(), train.slice(0, 30), { valDataset: val.slice(0, 20) });

    const { path } = await saveBestPrompt(run, { directory }); // the algorithm object does as well
    console.log(`Saved ${path}`);

    // A process that knows nothing but the file.
    const loader = fileURLToPath(new URL('./use-best-prompt.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [loader, path]);
    console.log(stdout.trim());
    assert.equal(stdout.trim(), run.result.bestPrompt.format(request), 'the other process has the same prompt');
    assert.notEqual(stdout.trim(), seedPrompt.format(request), 'and it is a better one than the seed');
  } finally {
    await server.close();
    if (values.output === undefined) await rm(directory, { recursive: true });
  }
}
