import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@agentlightning/core/testing';
import { LightningStoreClient, loadBestPrompt } from 'agentlightning';
import { readDocument, tsBlocks } from '../../documents.ts';
import type { Part, Stage } from '../part.ts';
import { untilHealthy } from '../until-healthy.ts';

const GUIDE = 'docs/guides/work-with-python.md';

/** The port that the guide names. */
const GUIDE_PORT = '4747';

/** What the README and the guide call their models, and who plays them. */
const ALIASES = { 'gpt-4.1-nano': 'sim-agent-weak', 'gpt-5-mini': 'sim-critic', 'gpt-4.1-mini': 'sim-editor' };

/** The guide's programs do together what it says, as it starts them. */
export const guide: Part = {
  name: 'guide',
  title: `what ${GUIDE} tells its readers to do`,
  deadlineMs: 240_000,
  async run(stage) {
    const models = await stage.models({ aliases: ALIASES });
    const folder = await writePrograms(stage);
    const env = { OPENAI_BASE_URL: models.baseUrl, OPENAI_API_KEY: 'simulated' };
    await pythonAgent(stage, folder, env);
    await pythonAlgorithm(stage, folder, env);
    await pythonStore(stage, folder, env);
  },
};

async function pythonAgent(stage: Stage, cwd: string, models: NodeJS.ProcessEnv): Promise<void> {
  const { url, env } = await agreedPlace(models);
  const runner = stage.python(join(cwd, 'run_agent.py'), [], url, env);
  await stage.node('train-python-agent.ts', { cwd, env: { ...env, AGL_CURRENT_ROLE: 'algorithm' } }).result();
  const saved = (await readdir(cwd)).find((name) => name.startsWith('best_prompt_'));
  stage.checks.equal('the algorithm in TypeScript saves a prompt for the agent in Python', saved !== undefined, true);
  const { template } = await loadBestPrompt(join(cwd, saved!));
  stage.checks.holds('which has its placeholder', template.includes('{country}'), {
    got: template,
    expected: 'a text with {country}',
  });
  await runner[Symbol.asyncDispose]();
}

async function pythonAlgorithm(stage: Stage, cwd: string, models: NodeJS.ProcessEnv): Promise<void> {
  const { url, env } = await agreedPlace(models);
  const agent = stage.node('serve-agent.ts', { cwd, env });
  const train = stage.python(join(cwd, 'train.py'), [], url, env);
  await train.result();
  stage.checks.holds(
    'the algorithm in Python prints a prompt for the agent in TypeScript',
    /\{country\}/.test(train.output),
    {
      got: train.output,
      expected: 'a line with {country}',
    },
  );
  // As Ctrl-C does.
  agent.interrupt();
  stage.checks.equal('the agent ends on Ctrl-C', await agent.ended, 130);
}

async function pythonStore(stage: Stage, cwd: string, models: NodeJS.ProcessEnv): Promise<void> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  stage.python('agl', ['store', '--host', '127.0.0.1', '--port', port], url);
  await untilHealthy(url, stage.signal);
  const program = join(cwd, 'on-python-store.ts');
  await writeFile(program, (await readFile(program, 'utf8')).replace(GUIDE_PORT, port));
  const baseline = stage.node('on-python-store.ts', { cwd, env: models });
  await baseline.result();
  const store = new LightningStoreClient({ url });
  stage.closeLater(() => store.close());
  const { total } = await store.queryRollouts({ statusIn: ['succeeded'] });
  stage.checks.equal("the agent in TypeScript does its rollout on Python's store", total, 1);
}

/** A port and a token that both sides know. */
async function agreedPlace(
  models: NodeJS.ProcessEnv,
): Promise<{ readonly url: string; readonly env: NodeJS.ProcessEnv }> {
  const port = await freePort();
  const token = randomBytes(32).toString('hex');
  const env = { ...models, AGL_SERVER_PORT: String(port), AGL_TOKEN: token };
  return { url: `http://agl:${token}@127.0.0.1:${port}`, env };
}

/** Writes the programs of the guide, and of the README that it goes on from, into a folder that has our packages. */
async function writePrograms(stage: Stage): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'agl-guide-'));
  stage.closeLater(() => rm(folder, { recursive: true, force: true }));
  const packages = fileURLToPath(new URL('../../../examples/room-selector/node_modules', import.meta.url));
  await symlink(packages, join(folder, 'node_modules'), 'junction');
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const document = readDocument(GUIDE);
  for (const { name, code } of [...tsBlocks(readDocument('README.md')), ...tsBlocks(document)]) {
    if (name !== undefined) await writeFile(join(folder, name), code);
  }
  for (const [, code = '', name = ''] of document.text.matchAll(/^```python\n(# ([\w-]+\.py)\n[\s\S]*?)^```$/gm)) {
    await writeFile(join(folder, name), code);
  }
  return folder;
}
