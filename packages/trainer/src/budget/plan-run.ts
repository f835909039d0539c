import {
  type AlgorithmPlan,
  checkNumberOption,
  type Dataset,
  type PlanPart,
  refuseUnknownOptions,
} from '@agentlightning/core';
import { costOf, type Prices } from './prices.ts';

/** Tokens of one model call. */
export interface TokensPerCall {
  readonly prompt: number;
  readonly completion: number;
}

/** What {@link RunPlan} assumes where it cannot know. */
export interface PlanAssumptions {
  /** Model calls that the agent makes in a rollout. Default: not known, and with it what the agents cost. */
  readonly agentCallsPerRollout?: number;
  /** The model that the agent calls, for its price. Default: the one of the resources, if there is exactly one. */
  readonly agentModel?: string;
  /** Default 1,000 of the prompt and 300 of the reply. */
  readonly tokensPerAgentCall?: TokensPerCall;
  /** Default: what the algorithm says of its calls. */
  readonly tokensPerOptimizerCall?: TokensPerCall;
  /** Default 5. */
  readonly secondsPerRollout?: number;
  /** Of one model call of the optimiser. Default 20. */
  readonly secondsPerOptimizerCall?: number;
}

/** What `plan()` takes besides the training set. */
export interface PlanOptions<TTask> extends PlanAssumptions {
  readonly valDataset?: Dataset<TTask>;
  readonly testDataset?: Dataset<TTask>;
}

/** One piece of a plan, with what it takes. */
export type PlannedPart = Omit<PlanPart, 'round'> & {
  /** As in `PlanPart`; `null` for what comes after the last round. */
  readonly round: number | null;
  /** Dollars; `null` where a price, or how often agents call models, is not known. */
  readonly usd: number | null;
  /** If its rollouts share all slots, and nothing else is going on. */
  readonly seconds: number;
};

/** What some parts come to. */
export interface PlannedWork {
  readonly rollouts: number;
  /** Of the algorithm itself. */
  readonly modelCalls: number;
  /** `null` as long as `agentCallsPerRollout` is not known. */
  readonly agentCalls: number | null;
  /** Of both; `null` as long as either is not known. */
  readonly tokens: number | null;
  /** `null` without the prices that it takes. */
  readonly usd: number | null;
  /** One part after the other. Parts that overlap make it less. */
  readonly seconds: number;
}

/** How much a run is going to take, by the sizes of its datasets and what is assumed. Nothing was asked of a model for it. Plain JSON. */
export interface RunPlan {
  readonly algorithm: string | null;
  /** The sum of `parts`; `null` where the algorithm does not say. */
  readonly planned: PlannedWork | null;
  /** That and all `extras`: more than this it does not take, as far as the assumptions hold. */
  readonly atMost: PlannedWork | null;
  readonly parts: readonly PlannedPart[];
  /** What only comes on top when something goes wrong. */
  readonly extras: readonly PlannedPart[];
  readonly nRunners: number;
  /** What was assumed, in sentences. */
  readonly assumptions: readonly string[];
  /** What is not known, in sentences. */
  readonly unknown: readonly string[];
}

/** What a plan is made of. */
export interface RunToPlan {
  readonly algorithm: string | null;
  readonly plan: AlgorithmPlan | undefined;
  readonly testTasks: number;
  readonly nRunners: number;
  readonly prices: Prices;
  /** Models of the resources. */
  readonly servedModels: readonly string[];
  readonly assume: PlanAssumptions;
}

const ACTION = 'Cannot plan the run';
const TOKENS_PER_AGENT_CALL: TokensPerCall = { prompt: 1000, completion: 300 };
const SECONDS_PER_ROLLOUT = 5;
const SECONDS_PER_OPTIMIZER_CALL = 20;

/**
 * Refuses what cannot be assumed.
 * @throws TypeError or RangeError naming the option, its value, and what is wanted
 */
export function checkPlanOptions(options: PlanOptions<unknown>): void {
  refuseUnknownOptions(ACTION, options, [
    'valDataset',
    'testDataset',
    'agentCallsPerRollout',
    'agentModel',
    'tokensPerAgentCall',
    'tokensPerOptimizerCall',
    'secondsPerRollout',
    'secondsPerOptimizerCall',
  ]);
  for (const name of ['agentCallsPerRollout', 'secondsPerRollout', 'secondsPerOptimizerCall'] as const) {
    if (options[name] !== undefined) checkNumberOption(ACTION, name, options[name], { min: 0, max: Number.MAX_VALUE });
  }
  for (const name of ['tokensPerAgentCall', 'tokensPerOptimizerCall'] as const) {
    const tokens = options[name];
    if (tokens === undefined) continue;
    for (const part of ['prompt', 'completion'] as const) {
      checkNumberOption(ACTION, `${name}.${part}`, tokens[part], { min: 0, max: Number.MAX_VALUE });
    }
  }
}

/** Lays out what a run is going to take. Pure. */
export function planRun(run: RunToPlan): RunPlan {
  const { plan, testTasks } = run;
  const heldOut = {
    name: 'test set, by the best candidate and the initial resources',
    round: null,
    rollouts: 2 * testTasks,
    modelCalls: 0,
    formula: `2 candidates × ${testTasks} test tasks`,
  };
  const parts = [...(plan?.parts ?? []), ...(testTasks === 0 ? [] : [heldOut])].map((part) => priced(part, run));
  const extras = (plan?.extras ?? []).map((part) => priced(part, run));
  return {
    algorithm: run.algorithm,
    planned: plan === undefined ? null : sum(parts, run),
    atMost: plan === undefined ? null : sum([...parts, ...extras], run),
    parts,
    extras,
    nRunners: run.nRunners,
    assumptions: assumptionsOf(run),
    unknown: unknownOf(run),
  };
}

/** A part before it is known what it takes. */
type PartToPrice = Omit<PlannedPart, 'usd' | 'seconds'>;

function priced(part: PartToPrice, run: RunToPlan): PlannedPart {
  const { secondsPerRollout = SECONDS_PER_ROLLOUT, secondsPerOptimizerCall = SECONDS_PER_OPTIMIZER_CALL } = run.assume;
  const callsAtOnce = part.callsAtOnce ?? Math.max(1, part.modelCalls);
  const seconds =
    Math.ceil(part.rollouts / run.nRunners) * secondsPerRollout +
    Math.ceil(part.modelCalls / callsAtOnce) * secondsPerOptimizerCall;
  return { ...part, seconds, usd: usdOf(part, run) };
}

function usdOf(part: PartToPrice, run: RunToPlan): number | null {
  const { agentCallsPerRollout } = run.assume;
  const own = cost(run.prices, part.model, part.modelCalls, optimizerTokens(part, run));
  const calls =
    part.rollouts === 0 ? 0 : agentCallsPerRollout === undefined ? null : part.rollouts * agentCallsPerRollout;
  const agents = calls === null ? null : cost(run.prices, agentModelOf(run), calls, agentTokens(run));
  return own === null || agents === null ? null : own + agents;
}

function cost(
  prices: Prices,
  model: string | undefined,
  calls: number,
  tokens: TokensPerCall | undefined,
): number | null {
  if (calls === 0) return 0;
  if (tokens === undefined) return null;
  const usage = { promptTokens: calls * tokens.prompt, completionTokens: calls * tokens.completion };
  return costOf(prices, model, usage) ?? null;
}

function optimizerTokens(part: PartToPrice, { assume }: RunToPlan): TokensPerCall | undefined {
  return assume.tokensPerOptimizerCall ?? part.tokensPerCall;
}

function agentTokens({ assume }: RunToPlan): TokensPerCall {
  return assume.tokensPerAgentCall ?? TOKENS_PER_AGENT_CALL;
}

function agentModelOf({ assume, servedModels }: RunToPlan): string | undefined {
  return assume.agentModel ?? (servedModels.length === 1 ? servedModels[0] : undefined);
}

function sum(parts: readonly PlannedPart[], run: RunToPlan): PlannedWork {
  const total = (amount: (part: PlannedPart) => number | null): number | null =>
    parts.reduce<number | null>((all, part) => {
      const one = amount(part);
      return all === null || one === null ? null : all + one;
    }, 0);
  const { agentCallsPerRollout } = run.assume;
  const perAgentCall = agentTokens(run).prompt + agentTokens(run).completion;
  const agentCalls = (part: PlannedPart): number | null =>
    part.rollouts === 0 ? 0 : agentCallsPerRollout === undefined ? null : part.rollouts * agentCallsPerRollout;
  const tokens = (part: PlannedPart): number | null => {
    const [calls, own] = [agentCalls(part), optimizerTokens(part, run)];
    if (calls === null || (part.modelCalls > 0 && own === undefined)) return null;
    return calls * perAgentCall + part.modelCalls * ((own?.prompt ?? 0) + (own?.completion ?? 0));
  };
  return {
    rollouts: total((part) => part.rollouts)!,
    modelCalls: total((part) => part.modelCalls)!,
    agentCalls: total(agentCalls),
    tokens: total(tokens),
    usd: Object.keys(run.prices).length === 0 ? null : total((part) => part.usd),
    seconds: total((part) => part.seconds)!,
  };
}

function assumptionsOf(run: RunToPlan): string[] {
  const { agentCallsPerRollout, secondsPerRollout = SECONDS_PER_ROLLOUT } = run.assume;
  const { secondsPerOptimizerCall = SECONDS_PER_OPTIMIZER_CALL } = run.assume;
  const { prompt, completion } = agentTokens(run);
  return [
    `a rollout takes ${secondsPerRollout} s (secondsPerRollout), and ${run.nRunners} run at a time`,
    `a model call of the optimiser takes ${secondsPerOptimizerCall} s (secondsPerOptimizerCall)`,
    'parts come one after the other, of which some overlap',
    ...(agentCallsPerRollout === undefined
      ? []
      : [
          `an agent makes ${agentCallsPerRollout} model calls in a rollout (agentCallsPerRollout), each of ${prompt} + ${completion} tokens (tokensPerAgentCall)`,
        ]),
  ];
}

function unknownOf(run: RunToPlan): string[] {
  const { plan, prices, assume } = run;
  if (plan === undefined) {
    return [`how much work ${run.algorithm ?? 'a run without an algorithm'} does: it has no plan()`];
  }
  const lines: string[] = [];
  const rollouts = plan.parts.some((part) => part.rollouts > 0) || run.testTasks > 0;
  if (rollouts && assume.agentCallsPerRollout === undefined) {
    lines.push('how many model calls an agent makes in a rollout: say so with agentCallsPerRollout');
  }
  const models = new Set(plan.parts.flatMap(({ model }) => model ?? []));
  const agentModel = agentModelOf(run);
  if (rollouts && agentModel !== undefined) models.add(agentModel);
  if (rollouts && agentModel === undefined && (assume.agentCallsPerRollout ?? 0) > 0) {
    lines.push('which model the agents call: say so with agentModel');
  }
  const unpriced = [...models].filter((model) => !Object.hasOwn(prices, model));
  if (unpriced.length > 0)
    lines.push(`what ${unpriced.join(', ')} cost${unpriced.length === 1 ? 's' : ''}: add prices`);
  return lines;
}
