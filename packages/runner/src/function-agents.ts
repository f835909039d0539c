import {
  type Agent,
  isLLM,
  isPromptTemplate,
  isProxyLLM,
  LightningError,
  type LLM,
  type NamedResources,
  type PromptTemplate,
  type RolloutContext,
  type RolloutResult,
  refuseUnknownOptions,
} from '@agentlightning/core';
import { currentAttempt } from './attempt-context.ts';

type MaybePromise<T> = Promise<T> | T;

/** What every function agent can be told. */
export interface FunctionAgentOptions {
  /** `import.meta.url` of the module that exports the agent; needed for worker threads. */
  readonly moduleUrl?: string;
}

/** As {@link FunctionAgentOptions}, for agents that are handed one resource. */
export interface ResourceAgentOptions extends FunctionAgentOptions {
  /** Name of the resource to hand over. Default: the first of the kind; when there are several, a warning is logged once. */
  readonly resource?: string;
}

/** An agent made of a function. It can still be called like the function. */
export type FunctionAgent<TTask, TFunction> = TFunction & Agent<TTask> & FunctionAgentOptions;

/** What {@link rollout} hands to its function. */
export interface RolloutArguments<TTask> {
  readonly task: TTask;
  /** The snapshot the rollout was enqueued with, by name. */
  readonly resources: NamedResources;
  readonly rollout: RolloutContext;
  /** `rollout.signal`: aborted on timeout, cancellation and shutdown. */
  readonly signal: AbortSignal;
  /** The first prompt among the resources; `undefined` when there is none. */
  readonly prompt: PromptTemplate | undefined;
  /** The first model endpoint among the resources, a proxy's made one for this attempt; `undefined` when there is none. */
  readonly llm: LLM | undefined;
}

/**
 * An agent made of a function that takes everything by name. Mirrors upstream's decorator `@rollout` (v0.3.0), which looks at the names of
 * parameters.
 *
 * @example
 * ```ts
 * export const agent = rollout<RoomTask>(async ({ task, prompt, signal }) => …, { moduleUrl: import.meta.url });
 * ```
 */
export function rollout<TTask = unknown>(
  body: (args: RolloutArguments<TTask>) => MaybePromise<RolloutResult>,
  options: FunctionAgentOptions = {},
): FunctionAgent<TTask, typeof body> {
  checkOptions('rollout', options, ['moduleUrl']);
  return functionAgent('rollout', body, options, (task: TTask, resources, context) =>
    body({
      task,
      resources,
      rollout: context,
      signal: context.signal,
      prompt: Object.values(resources).find(isPromptTemplate),
      llm: firstEndpoint(resources, context),
    }),
  );
}

/**
 * An agent made of a function that works with one prompt. Mirrors upstream's `@prompt_rollout` (v0.3.0). The rollout fails with
 * `RESOURCES_INVALID` when the resources have no such prompt.
 */
export function promptRollout<TTask = unknown>(
  body: (task: TTask, prompt: PromptTemplate, rollout: RolloutContext) => MaybePromise<RolloutResult>,
  options: ResourceAgentOptions = {},
): FunctionAgent<TTask, typeof body> {
  checkOptions('promptRollout', options, ['moduleUrl', 'resource']);
  const pick = resourcePicker('a PromptTemplate', isPromptTemplate, options.resource);
  return functionAgent('promptRollout', body, options, (task: TTask, resources, context) =>
    body(task, pick(resources), context),
  );
}

/**
 * An agent made of a function that works with one model endpoint. A `ProxyLLM` arrives as the endpoint of this attempt. Mirrors upstream's
 * `@llm_rollout` (v0.3.0). The rollout fails with `RESOURCES_INVALID` when the resources have no such endpoint.
 */
export function llmRollout<TTask = unknown>(
  body: (task: TTask, llm: LLM, rollout: RolloutContext) => MaybePromise<RolloutResult>,
  options: ResourceAgentOptions = {},
): FunctionAgent<TTask, typeof body> {
  checkOptions('llmRollout', options, ['moduleUrl', 'resource']);
  const pick = resourcePicker('an LLM', (value) => isLLM(value) || isProxyLLM(value), options.resource);
  return functionAgent('llmRollout', body, options, (task: TTask, resources, context) => {
    const llm = pick(resources);
    return body(task, isProxyLLM(llm) ? llm.withAttemptedRollout(context) : llm, context);
  });
}

/** The function that each function agent was made of. */
const bodies = new WeakMap<object, unknown>();

/** The function that a function agent was made of; any other value as it is. For telling exports apart. */
export function functionAgentBody(value: unknown): unknown {
  return typeof value === 'function' ? (bodies.get(value) ?? value) : value;
}

function functionAgent<TTask, TFunction extends (...args: never[]) => unknown>(
  factory: string,
  body: TFunction,
  options: FunctionAgentOptions,
  run: Agent<TTask>['rollout'],
): FunctionAgent<TTask, TFunction> {
  if (typeof body !== 'function') {
    throw new TypeError(
      `Cannot make an agent with ${factory}() as its first argument must be a function: current value is of type ${typeof body}`,
    );
  }
  const { moduleUrl } = options;
  // A function of its own: making two agents of one function must not make one overwrite the other.
  const call = (...args: Parameters<TFunction>): unknown => body(...args);
  Object.defineProperty(call, 'name', { value: body.name, configurable: true });
  bodies.set(call, body);
  return Object.assign(call, {
    rollout: run,
    ...(moduleUrl === undefined ? {} : { moduleUrl }),
  }) as unknown as FunctionAgent<TTask, TFunction>;
}

function checkOptions(factory: string, options: ResourceAgentOptions, known: readonly string[]): void {
  const action = `Cannot make an agent with ${factory}()`;
  refuseUnknownOptions(action, options, known);
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined || typeof value === 'string') continue;
    throw new TypeError(`${action} as '${name}' must be a string: current value is of type ${typeof value}`);
  }
}

function firstEndpoint(resources: NamedResources, context: RolloutContext): LLM | undefined {
  const found = Object.values(resources).find((resource) => isLLM(resource) || isProxyLLM(resource));
  return isProxyLLM(found) ? found.withAttemptedRollout(context) : found;
}

function resourcePicker<T>(
  kind: string,
  fits: (value: unknown) => value is T,
  wanted: string | undefined,
): (resources: NamedResources) => T {
  let warned = false;
  return (resources) => {
    const names = Object.keys(resources).filter((name) => fits(resources[name]));
    const name = wanted ?? names[0];
    const chosen: unknown = name !== undefined && Object.hasOwn(resources, name) ? resources[name] : undefined;
    if (!fits(chosen)) throw noSuchResource(kind, wanted, resources);
    if (wanted === undefined && names.length > 1 && !warned) {
      warned = true;
      currentAttempt()?.logger.warn(
        { names },
        `The agent takes ${kind} and the resources have ${names.length}: '${name}' is used; say which with the option 'resource'`,
      );
    }
    return chosen;
  };
}

function noSuchResource(kind: string, wanted: string | undefined, resources: NamedResources): LightningError {
  const available = Object.entries(resources).map(([name, { resourceType }]) => `'${name}' (${resourceType})`);
  const problem = wanted === undefined ? `the resources have none` : `'${wanted}' is none`;
  return new LightningError(
    'RESOURCES_INVALID',
    `The agent needs ${kind} and ${problem}: available are ${available.join(', ') || 'no resources at all'}`,
    { details: { available: Object.keys(resources), ...(wanted === undefined ? {} : { wanted }) } },
  );
}
