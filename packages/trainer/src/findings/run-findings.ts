import type { NamedResources } from '@agentlightning/core';
import type { Finding, FindingCode } from '@agentlightning/core/run';
import type { RunMessage } from '../run-message.ts';
import { judgeOverlap, judgeSizes, type RunDatasets } from './dataset-findings.ts';
import type { Judgement, Moment } from './judgement.ts';
import type { ObservedOutcome } from './observed-outcome.ts';
import { judgeDifference, judgeIgnored, PromptFacts } from './prompt-findings.ts';
import { judgeRewardMissing, judgeRewardsEqual, RewardFacts } from './reward-findings.ts';
import { judgeSeenDifference, type SeenDifference } from './seen-difference.ts';
import { judgeSpans, SpanFacts } from './span-findings.ts';

/** A finding that was said, and how much it was about. */
export interface FindingRecord {
  readonly finding: Finding;
  readonly weight: number;
}

/** Where the findings of a run are kept: part of its journal. */
export interface FindingKeeper {
  findings(): Iterable<FindingRecord>;
  /**
   * Takes the place of what was kept of this kind. Kept with the next record that answers a promise, or at the end of the turn.
   * @param record - `null`: it does not hold any more
   */
  noteFinding(code: FindingCode, record: FindingRecord | null): void;
}

/**
 * Looks at the outcomes of a run as they come, and says as soon as it shows what makes its scores say less than they seem to: once of each kind, again when it
 * is about twice as much, and takes it back when what comes later speaks against it.
 */
export class RunFindings {
  readonly #keeper: FindingKeeper;
  readonly #post: (message: RunMessage) => void;
  readonly #rewards = new RewardFacts();
  readonly #spans: SpanFacts;
  readonly #prompts = new PromptFacts();
  readonly #said = new Map<FindingCode, FindingRecord>();

  /** Tells what earlier processes of the run have found. */
  constructor({
    keeper,
    initialResources,
    post,
  }: {
    readonly keeper: FindingKeeper;
    readonly initialResources: NamedResources;
    readonly post: (message: RunMessage) => void;
  }) {
    this.#keeper = keeper;
    this.#post = post;
    this.#spans = new SpanFacts(initialResources);
    for (const record of keeper.findings()) {
      this.#said.set(record.finding.code, record);
      post({ type: 'finding', finding: record.finding });
    }
  }

  /** What holds, in the order in which it was found. */
  get all(): readonly Finding[] {
    return [...this.#said.values()].map(({ finding }) => finding);
  }

  /** Looks at the datasets, before anything is paid for. */
  atStart(datasets: RunDatasets): void {
    this.#hear('datasets-overlap', judgeOverlap(datasets), 'rollout');
    // What a finished comparison said is not replaced by what was said before it.
    if (!this.#said.has('too-few-tasks')) this.#hear('too-few-tasks', judgeSizes(datasets), 'rollout');
  }

  /** Takes an outcome. */
  observe(observed: ObservedOutcome): void {
    this.#rewards.add(observed);
    this.#spans.add(observed);
    this.#prompts.add(observed);
    this.#look('rollout');
  }

  /** An evaluation has ended. */
  evaluationEnded(): void {
    this.#look('evaluation');
  }

  /**
   * Looks for the last time.
   * @param seen - the best candidate against what the run began with; `null` if they were not compared
   */
  atEnd(seen: SeenDifference | null): void {
    this.#look('end');
    this.#hear('too-few-tasks', judgeSeenDifference(seen), 'end');
  }

  #look(moment: Moment): void {
    const equal = judgeRewardsEqual(this.#rewards, moment);
    this.#hear('rewards-all-equal', equal, moment);
    this.#hear('reward-missing', judgeRewardMissing(this.#rewards, moment), moment);
    this.#hear('no-spans', judgeSpans(this.#spans), moment);
    this.#hear('prompts-make-no-difference', judgeDifference(this.#prompts, moment, !this.#rewards.differs), moment);
    this.#hear('prompt-ignored', judgeIgnored(this.#prompts), moment);
  }

  #hear(code: FindingCode, judgement: Judgement, moment: Moment): void {
    const said = this.#said.get(code);
    if (judgement === null) return;
    if (judgement === 'refuted') {
      if (said !== undefined) this.#withdraw(code);
      return;
    }
    const { message, details, weight } = judgement;
    const isMore = said === undefined || weight >= 2 * said.weight || (moment === 'end' && weight >= said.weight);
    if (!isMore || said?.finding.message === message) return;
    const finding = { code, message, details };
    this.#said.set(code, { finding, weight });
    this.#keeper.noteFinding(code, { finding, weight });
    this.#post({ type: 'finding', finding });
  }

  #withdraw(code: FindingCode): void {
    this.#said.delete(code);
    this.#keeper.noteFinding(code, null);
    this.#post({ type: 'finding-withdrawn', code });
  }
}
