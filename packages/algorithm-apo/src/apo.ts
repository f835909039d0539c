import {
  Algorithm,
  type AlgorithmContext,
  type AlgorithmPlan,
  type Json,
  LightningError,
  type ModuleSource,
  type NamedResources,
  type PlanSize,
  type PromptTemplate,
  type RolloutMode,
  type TaskOutcome,
  TraceToMessages,
} from '@agentlightning/core';
import type { ClientOptions, OpenAI } from 'openai';
import { type ApoOptions, plainApoOptions, type ResolvedApoOptions, resolveApoOptions } from './apo-options.ts';
import type { VersionedPrompt } from './beam.ts';
import { BeamSearch, type ProposalTools } from './beam-search.ts';
import { createCandidateCheck } from './candidate-check.ts';
import { type EvaluatedPrompt, evaluatePrompt } from './evaluate-prompt.ts';
import type { RoundRecord } from './history.ts';
import { modelClient, type PlainClientOptions, plainClientOptions } from './model-client.ts';
import { OptimizerClient } from './optimizer-client.ts';
import { type Proposal, proposePrompt } from './propose-prompt.ts';
import { searchParts } from './search-parts.ts';
import { type ApoResult, SearchRecord } from './search-record.ts';
import { findSeed, promptsIn } from './seed-prompt.ts';
import { computeTextualGradient } from './textual-gradient.ts';

/**
 * Automatic prompt optimisation: beam search over prompts, in which a model criticises a prompt by what it led to (a "textual gradient") and
 * another edits it accordingly. After ProTeGi (Pryzant et al., EMNLP 2023); mirrors upstream `APO` (v0.3.0), with the differences
 * that the README lists.
 *
 * Optimises one PromptTemplate among the initial resources. Needs a training and a validation set. An object can be used for several runs, one
 * at a time; it keeps what the latest one found.
 *
 * @example
 * ```ts
 * const algorithm = new APO<RoomTask>(new OpenAI(), { beamWidth: 2, branchFactor: 2, beamRounds: 2 });
 * ```
 */
export class APO<TTask = unknown> extends Algorithm<TTask, ApoResult> {
  readonly #client: OpenAI;
  readonly #given: ApoOptions;
  readonly #options: ResolvedApoOptions;
  #adapter = new TraceToMessages();
  #record: SearchRecord | null = null;
  #isRunning = false;
  /** What the next run starts from, as far as it is known. */
  #seed: PromptTemplate | null = null;

  /**
   * @param client - of an OpenAI-compatible endpoint, or its options. Options can be sent to another thread, which `mainProcess: 'runner'`
   * needs; so can a client without functions among its options.
   * @throws TypeError, RangeError naming the option and its value, also for a prompt file that cannot be used
   */
  constructor(client: OpenAI | ClientOptions, options: ApoOptions = {}) {
    super();
    this.#client = modelClient(client);
    this.#options = resolveApoOptions(options);
    this.#given = plainApoOptions(options);
  }

  /** Everything but how much is worked on at a time. */
  override get fingerprint(): Json {
    return JSON.parse(JSON.stringify({ ...this.#options, concurrency: undefined })) as Json;
  }

  override get requires(): { readonly trainDataset: true; readonly valDataset: true } {
    return { trainDataset: true, valDataset: true };
  }

  /** The counts are upstream's, for whose settings they come out exactly. */
  override plan({ trainTasks, valTasks }: PlanSize): AlgorithmPlan {
    return searchParts({ ...this.#options, trainTasks, valTasks }, this.#options);
  }

  /** @throws LightningError `RESOURCES_INVALID` unless there is exactly one prompt to optimise, or `target` names one */
  override checkResources(resources: NamedResources): void {
    this.#seed = findSeed(resources, this.#options).prompt;
  }

  override async run(context: AlgorithmContext<TTask>): Promise<ApoResult> {
    this.#isRunning = true;
    try {
      return await this.#search(context);
    } finally {
      this.#isRunning = false;
    }
  }

  async #search(context: AlgorithmContext<TTask>): Promise<ApoResult> {
    const { beamRounds, runInitialValidation } = this.#options;
    const { search, record } = this.#begin(context);
    let beam: readonly VersionedPrompt[] = [record.seed];
    if (runInitialValidation) search.validate(record.seed, 0);

    for (let number = 1; number <= beamRounds; number += 1) {
      const round = search.beginRound(number, beam);
      const children = await search.expand(round);
      const pool = await search.collectScores(round, children);
      beam = search.closeRound(round, pool);
      search.validate(beam[0]!, number);
    }

    await search.joinValidations();
    return record.result();
  }

  override snapshot(): Json {
    return this.#record?.toJson() ?? null;
  }

  /**
   * Takes a snapshot over. `null`, from a run that was stopped before it began, gives the seed as result and changes nothing; neither does
   * a snapshot of the very run that is going on in this object.
   *
   * @throws LightningError `INVALID_ARGUMENT` for what is no snapshot of APO, `NO_BEST_PROMPT` for `null` when there is no seed either
   */
  override restore(snapshot: Json): ApoResult {
    if (snapshot === null) {
      if (this.#seed === null) throw noBestPrompt();
      return new SearchRecord(this.#seed).result();
    }
    const record = SearchRecord.fromJson(snapshot);
    if (!this.#isRunning) this.#record = record;
    return record.result();
  }

  /** @throws LightningError `SOURCE_NOT_LOADABLE` when the model client has options that cannot be sent to another thread */
  override async source(): Promise<ModuleSource> {
    const client = plainClientOptions(this.#client);
    return { moduleUrl: import.meta.url, exportName: 'apoFromSource', options: { client, options: this.#given } };
  }

  /**
   * The best prompt of the latest run.
   * @throws LightningError `NO_BEST_PROMPT` as long as nothing has been scored on the whole validation set
   */
  getBestPrompt(): PromptTemplate {
    if (this.#record === null || this.#record.best === null) throw noBestPrompt();
    return this.#record.bestPrompt;
  }

  /** The score of the best prompt on the whole validation set; `null` before there is one. */
  get bestScore(): number | null {
    return this.#record?.best?.score ?? null;
  }

  /** The name of the best prompt in the history, e.g. `v7`; `null` before there is one. */
  get bestVersion(): string | null {
    return this.#record?.best?.version ?? null;
  }

  /** The latest run, round by round; empty before. Grows while it goes on. */
  get history(): readonly RoundRecord[] {
    return this.#record?.history ?? [];
  }

  /**
   * The prompt that a run with these resources starts from, and the name of its resource.
   * @throws LightningError `RESOURCES_INVALID` as {@link checkResources}
   */
  getSeedPromptTemplate(resources: NamedResources): readonly [name: string, prompt: PromptTemplate] {
    const { name, prompt } = findSeed(resources, this.#options);
    return [name, prompt];
  }

  /** Turns the spans of a rollout into the messages that the critic sees: the trainer's adapter, or one of our own. */
  getAdapter(): TraceToMessages {
    return this.#adapter;
  }

  /**
   * Runs a prompt on tasks and scores it, as the search does. For algorithms built on this one.
   * @param context - a scope of this evaluation's own
   */
  async evaluatePromptOnBatch(
    context: AlgorithmContext<TTask>,
    prompt: PromptTemplate,
    tasks: readonly TTask[],
    mode: RolloutMode,
  ): Promise<EvaluatedPrompt<TTask>> {
    const { rolloutBatchTimeout: timeoutSeconds, isUpstream } = this.#options;
    const { name: resourceName } = findSeed(context.initialResources, this.#options);
    return await evaluatePrompt(context, { resourceName, prompt, tasks, mode, timeoutSeconds, isUpstream });
  }

  /**
   * Has a prompt criticised by rollouts made with it, with one of the critic's texts drawn at random. For algorithms built on this one.
   * @param context - a scope of this critique's own
   * @throws LightningError `STEP_FAILED` when the critic gives nothing, `MODEL_UNAVAILABLE`
   */
  async computeTextualGradient(
    context: AlgorithmContext<TTask>,
    prompt: PromptTemplate,
    outcomes: readonly TaskOutcome<TTask>[],
  ): Promise<string> {
    const gradientPrompt = context.random('gradient-prompt').pick(this.#options.gradientPrompts);
    return await computeTextualGradient(context, {
      ...this.#tools(context, prompt),
      gradientPrompt,
      prompt,
      outcomes,
    });
  }

  /**
   * Has a prompt criticised and edited, both with texts drawn at random. For algorithms built on this one.
   * @param context - a scope of this branch's own
   * @throws LightningError `MODEL_UNAVAILABLE`
   */
  async textualGradientAndApplyEdit(
    context: AlgorithmContext<TTask>,
    prompt: PromptTemplate,
    outcomes: readonly TaskOutcome<TTask>[],
  ): Promise<Proposal> {
    const random = context.random('choices');
    const gradientPrompt = random.pick(this.#options.gradientPrompts);
    const editPrompt = random.pick(this.#options.editPrompts);
    return await proposePrompt(context, {
      ...this.#tools(context, prompt),
      gradientPrompt,
      editPrompt,
      prompt,
      outcomes,
    });
  }

  /** Checks what the run is given, and lays out a new record. */
  #begin(context: AlgorithmContext<TTask>): { search: BeamSearch<TTask>; record: SearchRecord } {
    const options = this.#options;
    const { trainDataset, valDataset, initialResources, adapter = new TraceToMessages() } = context;
    const seed = findSeed(initialResources, options);
    if (options.target === undefined && promptsIn(initialResources).length > 1) {
      context.logger.warn({ target: seed.name }, 'There are several prompt templates: APO optimises the first');
    }
    if (trainDataset.length === 0) throw emptyDataset('training');
    if (valDataset.length === 0) throw emptyDataset('validation');
    if (!(adapter instanceof TraceToMessages)) {
      const given = adapter.constructor.name;
      throw new TypeError(`Cannot run APO as 'adapter' must be a TraceToMessages: current value is of class ${given}`);
    }
    this.#adapter = adapter;
    const record = new SearchRecord(seed.prompt);
    this.#record = record;
    const tools = this.#tools(context, seed.prompt);
    return { record, search: new BeamSearch(context, { options, seed, record, tools }) };
  }

  #tools(context: AlgorithmContext<TTask>, seed: PromptTemplate): ProposalTools<TTask> {
    const { gradientModel, applyEditModel, diversityTemperature, maxExperimentCharacters, isUpstream } = this.#options;
    return {
      client: new OptimizerClient(this.#client, { isUpstream }),
      model: gradientModel,
      editModel: applyEditModel,
      temperature: diversityTemperature,
      adapter: this.#adapter,
      maxExperimentCharacters,
      ...(isUpstream ? {} : { check: createCandidateCheck(seed, context.trainDataset[0]) }),
    };
  }
}

/**
 * Makes an APO in another thread; what `APO.source()` names.
 * @param source - from `source().options`
 */
export function apoFromSource(source: { readonly client: PlainClientOptions; readonly options: ApoOptions }): APO {
  return new APO(source.client as ClientOptions, source.options);
}

function noBestPrompt(): LightningError {
  return new LightningError('NO_BEST_PROMPT', 'No best prompt found: APO has scored none on the whole validation set');
}

function emptyDataset(which: string): LightningError {
  return new LightningError('DATASET_INVALID', `Cannot run APO as the ${which} dataset is missing or empty`);
}
