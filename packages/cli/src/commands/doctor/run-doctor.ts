import { resolve } from 'node:path';
import { counted } from '@agentlightning/core/run';
import { redactorOf } from '@agentlightning/runner';
import { type LoadedConfig, readTerminalEnvironment } from '@agentlightning/trainer/config';
import { callOf } from '../../call-of.ts';
import type { CliContext } from '../../cli-context.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import type { DoctorArguments } from '../doctor.ts';
import { checkAgent, checkRollout } from './agent-checks.ts';
import { type CheckResult, formatCheck, skipped } from './check-result.ts';
import { checkConfig, checkData } from './config-checks.ts';
import { checkCall, checkEndpoint } from './endpoint-checks.ts';
import { type Endpoint, endpointsOf, isLocal } from './endpoints.ts';
import { checkLoopback, checkNode, checkRunsDirectory } from './machine-checks.ts';

/** Checks everything that a run needs, in the order in which it needs it. @returns the exit status */
export async function runDoctor(
  given: string | undefined,
  options: DoctorArguments,
  context: CliContext,
): Promise<number> {
  context.divertPrints();
  const { stdout, env } = context;
  const { colors } = readTerminalEnvironment(stdout, env);
  const results: CheckResult[] = [];
  const secrets = new Set(secretsIn(env));
  for await (const result of checks(given, options, { context, secrets })) {
    results.push(result);
    const redact = redactorOf(secrets);
    const shown = { ...result, message: redact(result.message) };
    stdout.write(options.json ? `${JSON.stringify(shown)}\n` : formatCheck(shown, colors));
  }
  if (!options.json) stdout.write(`\n${conclusionOf(results, callOf(env))}\n`);
  return statusOf(results);
}

/** What it comes to, and what is next. */
function conclusionOf(results: readonly CheckResult[], agl: string): string {
  const wrong = results.filter(({ status }) => status === 'failed').length;
  if (wrong > 0) return `${counted(wrong, 'thing')} to mend: see →, then ${agl} doctor again`;
  if (!results.some(({ check }) => check === 'datasets')) return `This machine is ready. Next: ${agl} init my-agent`;
  const isWhole = results.some(({ check, status }) => check === 'rollout' && status === 'ok');
  return isWhole ? `All is ready. Next: ${agl} run` : `Nothing is wrong with what was looked at. Next: ${agl} run`;
}

interface DoctorParts {
  readonly context: CliContext;
  /** What must not be printed; keys of endpoints are added when they are known. */
  readonly secrets: Set<string>;
}

async function* checks(
  given: string | undefined,
  options: DoctorArguments,
  parts: DoctorParts,
): AsyncGenerator<CheckResult> {
  const { env } = parts.context;
  yield checkNode();
  yield await checkLoopback();
  const loaded = await checkConfig(given);
  const runsDirectory = 'config' in loaded ? loaded.config.runsDirectory : undefined;
  yield await checkRunsDirectory(resolve(env['AGL_RUNS_DIRECTORY'] || (runsDirectory ?? 'runs')));
  yield loaded.result;
  if (!('config' in loaded)) return;
  const { config } = loaded;
  try {
    yield* checksOf(config, options, parts);
  } finally {
    await config.close();
  }
}

async function* checksOf(
  config: LoadedConfig,
  options: DoctorArguments,
  { context, secrets }: DoctorParts,
): AsyncGenerator<CheckResult> {
  const data = checkData(config);
  yield data;
  yield await checkAgent(config);
  const { initialResources = {}, algorithm, label } = config.trainerOptions;
  const endpoints = await endpointsOf({ resources: initialResources, algorithm: algorithm! }, context.env);
  for (const { key } of endpoints) if (key) secrets.add(key);
  if (endpoints.length === 0) yield skipped('endpoint', 'The config names none: the agent finds its model by itself');
  const reached: Endpoint[] = [];
  for (const endpoint of endpoints) {
    const result = await checkEndpoint(endpoint, label);
    if (result.status === 'ok') reached.push(endpoint);
    yield result;
  }
  if (reached.length < endpoints.length) {
    yield skipped('call', 'Not made: an endpoint cannot be used');
    return;
  }
  const why = await whyNotToCall(endpoints, options, context);
  if (why !== undefined) {
    yield skipped('call', why);
    yield skipped('rollout', why);
    return;
  }
  for (const endpoint of endpoints) {
    const result = await checkCall(endpoint);
    yield result;
    if (result.status === 'failed') return;
  }
  if (data.status === 'failed') yield skipped('rollout', 'Not made: its tasks or resources cannot be used');
  else if (config.trainDataset.length === 0) yield skipped('rollout', 'There is no task in trainDataset');
  else yield* await checkRollout(config);
}

/** @returns why no model is called; `undefined` if one may be */
async function whyNotToCall(
  endpoints: readonly Endpoint[],
  { call, json }: DoctorArguments,
  { openPrompter }: CliContext,
): Promise<string | undefined> {
  if (call === false) return 'Not made: --no-call';
  const isAgentKnown = endpoints.some(({ askedBy }) => askedBy === 'the agent');
  if (call === true || (isAgentKnown && endpoints.every(isLocal))) return undefined;
  if (json || openPrompter === undefined) return 'Not made, as it may cost something: --call allows it';
  const prompter = openPrompter();
  try {
    const where = [...new Set(endpoints.map(({ baseUrl }) => baseUrl))].join(' and ') || 'whatever models it asks';
    const answer = await prompter.ask(
      `Call the models once and run the agent on one task? It asks ${where}, and may cost a little. (y/N) `,
    );
    return /^y(es)?$/i.test(answer) ? undefined : 'Not made';
  } finally {
    prompter.close();
  }
}

/** Values of the environment whose names say that they are keys. */
function secretsIn(env: CliContext['env']): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && /key|token|secret|passw/i.test(name) ? [value] : [],
  );
}

function statusOf(results: readonly CheckResult[]): number {
  const wrong = results.filter(({ status }) => status === 'failed');
  if (wrong.length === 0) return EXIT_CODES.done;
  return wrong.every(({ isDependency }) => isDependency) ? EXIT_CODES.dependencyUnavailable : EXIT_CODES.usage;
}
