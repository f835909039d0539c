// Optimises the prompt of a room-selection agent with APO. Offline with simulated models unless --real is given.
import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard, type RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import {
  APO,
  formatRunSummary,
  LLM,
  readTerminalEnvironment,
  saveBestPrompt,
  TerminalProgress,
  Trainer,
} from 'agentlightning';
import OpenAI from 'openai';
import { RoomSelector, seedPrompt } from './room-selector.ts';

const SIMULATED = 'simulated models';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const models = options.real ? realModels(options) : await simulatedModels();
  try {
    return await search(options, models);
  } catch (error) {
    console.error(`\n${(error as Error).name}: ${(error as Error).message}`);
    return 1;
  } finally {
    await models.close();
  }
}

async function search(options: Options, models: Models): Promise<number> {
  const { train, val, test } = generateRoomsHard();
  const trainer = new Trainer({
    algorithm: new APO<RoomTask>(new OpenAI({ baseURL: models.baseURL, apiKey: models.apiKey }), {
      gradientModel: models.gradientModel,
      applyEditModel: models.applyEditModel,
      ...(options.quick ? { beamWidth: 2, branchFactor: 2, beamRounds: 2, valBatchSize: 10 } : {}),
    }),
    nRunners: options.runners,
    seed: options.seed,
    label: models.label,
    initialResources: {
      prompt_template: seedPrompt,
      agent_llm: new LLM({ endpoint: models.baseURL, model: models.agentModel }),
    },
  });

  console.log(
    `APO on a room-selection agent: ${train.length} training, ${val.length} validation, ${test.length} test tasks`,
  );
  const { planned } = trainer.plan(undefined, train, { valDataset: val, testDataset: test });
  console.log(`Planned: ${planned!.rollouts} rollouts, ${planned!.modelCalls} model calls of the optimiser\n`);
  const stream = trainer.stream(new RoomSelector(), train, { valDataset: val, testDataset: test });
  const run = await new TerminalProgress({ output: process.stdout }).follow(stream);

  const { colors } = readTerminalEnvironment(process.stdout);
  console.log(`\n${formatRunSummary(run, { seedPrompt, colors, agl: 'npx -y pnpm@12 agl' })}`);
  const saved = await saveBestPrompt(run, { directory: options.output });
  console.log(saved.warning ?? `Saved the best prompt to ${saved.path}`);
  if (!options.real) console.log(NEXT_STEPS);

  if (run.stopReason === 'interrupted' || run.stopReason === 'budget') return Number(process.exitCode ?? 1);
  // What the demo promises: the simulated models leave room for a better prompt, and the search finds it. Of real ones nobody knows.
  const { bestVersion } = run.result;
  if (bestVersion !== null && (options.real || bestVersion !== 'v0')) return 0;
  console.error('\nThe search found no better prompt than the one it began with');
  return 1;
}

interface Models {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly agentModel: string;
  readonly gradientModel: string;
  readonly applyEditModel: string;
  readonly label: string;
  close(): Promise<void>;
}

/** A server of its own process that answers as agent, critic and editor by rules. */
async function simulatedModels(): Promise<Models> {
  const server = await spawnSimulatedLlm({
    latency: {
      agent: { kind: 'lognormal', medianMs: 40, p99Ms: 120 },
      critic: { kind: 'lognormal', medianMs: 300, p99Ms: 700 },
      editor: { kind: 'lognormal', medianMs: 200, p99Ms: 500 },
    },
  });
  return {
    baseURL: server.baseUrl,
    apiKey: 'simulated',
    agentModel: 'sim-agent-weak',
    gradientModel: 'sim-critic',
    applyEditModel: 'sim-editor',
    label: SIMULATED,
    close: () => server.close(),
  };
}

/** Any OpenAI-compatible endpoint: OPENAI_API_KEY and OPENAI_BASE_URL say which. */
function realModels(options: Options): Models {
  return {
    baseURL: process.env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1',
    apiKey: process.env['OPENAI_API_KEY'] ?? '',
    agentModel: options.agentModel,
    gradientModel: options.gradientModel,
    applyEditModel: options.applyEditModel,
    label: options.agentModel,
    close: async () => {},
  };
}

interface Options {
  readonly real: boolean;
  readonly quick: boolean;
  readonly runners: number;
  readonly seed: number;
  readonly output: string;
  readonly agentModel: string;
  readonly gradientModel: string;
  readonly applyEditModel: string;
}

/** The options; an exit code when there is nothing to run. */
function readOptions(args: readonly string[]): Options | number {
  try {
    const { values } = parseArgs({
      args: [...args].filter((arg) => arg !== '--'),
      options: {
        real: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        runners: { type: 'string', default: '32' },
        seed: { type: 'string', default: '0' },
        output: { type: 'string', default: '.' },
        'agent-model': { type: 'string', default: 'gpt-4.1-nano' },
        'gradient-model': { type: 'string', default: 'gpt-5-mini' },
        'apply-edit-model': { type: 'string', default: 'gpt-4.1-mini' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    if (values.real && !process.env['OPENAI_API_KEY']) {
      throw new TypeError('--real needs the key of your endpoint in OPENAI_API_KEY');
    }
    return {
      real: values.real,
      quick: values.quick,
      runners: Number(values.runners),
      seed: Number(values.seed),
      output: values.output,
      agentModel: values['agent-model'],
      gradientModel: values['gradient-model'],
      applyEditModel: values['apply-edit-model'],
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

const NEXT_STEPS = `
Next
  Run the same search on real models (any OpenAI-compatible endpoint; --quick spends about 550 rollouts):
    OPENAI_API_KEY=… OPENAI_BASE_URL=https://api.openai.com/v1 npx -y pnpm@12 demo --real --quick \\
      --agent-model gpt-4.1-nano --gradient-model gpt-5-mini --apply-edit-model gpt-4.1-mini
  Write your own agent: docs/guides/write-an-agent.md`;

const USAGE = `Usage: demo [--quick] [--runners N] [--seed N] [--output DIRECTORY]
            [--real [--agent-model NAME] [--gradient-model NAME] [--apply-edit-model NAME]]

  --quick      a smaller search: beam 2, branch 2, 2 rounds
  --runners    rollouts at once, default 32
  --seed       what every random choice comes from, default 0
  --output     where the best prompt is saved, default this folder
  --real       real models, at OPENAI_BASE_URL with OPENAI_API_KEY, instead of simulated ones`;

if (import.meta.main) {
  // The worker threads, and the next start, find their modules compiled.
  enableCompileCache();
  process.exitCode = await main(process.argv.slice(2));
}
