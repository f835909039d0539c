import {
  type CandidateView,
  lineageOf as lineageUpFrom,
  type PromptTextByName,
  promptTextsOf,
  type RunView,
  type ScoreView,
  scoreText,
  shellWord,
  verdictSentence,
} from '@agentlightning/core/run';
import type { ReportData } from './report-data.ts';

/** What the search began with; `undefined` for an algorithm that tells of no candidates. */
export function seedOf({ candidates }: Pick<RunView, 'candidates'>): CandidateView | undefined {
  return candidates.find(({ parent, round }) => parent === null && round === 0);
}

/** The best candidate; `undefined` if there is none, or only its version is known. */
export function bestOf({ candidates, best }: Pick<RunView, 'candidates' | 'best'>): CandidateView | undefined {
  return best === null ? undefined : candidates.find(({ version }) => version === best.version);
}

/** From what the search began with to the best candidate; the best alone if its ancestors are not known. */
export function lineageOf(view: Pick<RunView, 'candidates' | 'best'>): readonly CandidateView[] {
  return lineageUpFrom(view.candidates, view.best?.version).toReversed();
}

/** A prompt before and after the search. */
export interface PromptChange {
  readonly name: string;
  /** `null` if it is not known. */
  readonly before: string | null;
  /** `null` if nothing was scored. */
  readonly after: string | null;
  readonly engine: string;
}

/** What became of each prompt that the run varied; of one that scored nothing, what it began with. */
export function promptChanges({ view, details }: Pick<ReportData, 'view' | 'details'>): readonly PromptChange[] {
  const seed = seedOf(view)?.prompts ?? [];
  // The event of the best has its prompts; the result file of a run whose journal is gone has it as well.
  const after = view.best?.prompts ?? promptsOfResult(details.result);
  if (after.length === 0)
    return seed.map(({ name, template, engine }) => ({ name, before: template, after: null, engine }));
  return after.map(({ name, template, engine }) => ({
    name,
    before: seed.find((other) => other.name === name)?.template ?? details.initialResources[name] ?? null,
    after: template,
    engine,
  }));
}

function promptsOfResult(result: unknown): readonly PromptTextByName[] {
  const { bestPrompt, bestScore } = Object((Object(result) as { result?: unknown }).result) as Record<string, unknown>;
  return typeof bestScore === 'number' ? promptTextsOf({ prompt: bestPrompt }) : [];
}

/**
 * What was done to what: `RoomSelector’s prompt_template, optimised by APO`. An algorithm that ends without a best prompt has looked for none: it has scored what there was.
 * @param quoted - how names of others are written
 */
export function titleOf(
  data: Pick<ReportData, 'view' | 'details'>,
  quoted: (name: string) => string = (name) => name,
): string {
  const { agent = null, algorithm, status } = data.details;
  const changes = promptChanges(data);
  const names = changes.map(({ name }) => quoted(name)).join(' and ');
  const owner = agent === null ? null : quoted(agent);
  const what = owner === null || names === '' ? (owner ?? names) : `${owner}’s ${names}`;
  const verb = status !== 'completed' || changes.some(({ after }) => after !== null) ? 'optimised' : 'scored';
  if (algorithm === null) return what || 'A run';
  return what === '' ? quoted(algorithm) : `${what}, ${verb} by ${quoted(algorithm)}`;
}

/** How the run stands, in words, and whether what it says may still change. */
export interface Standing {
  readonly word: string;
  readonly sentence: string;
  readonly isFinal: boolean;
}

/** How the run stands. */
export function standingOf({ details, view }: Pick<ReportData, 'view' | 'details'>): Standing {
  switch (details.status) {
    case 'running':
      return {
        word: 'running',
        sentence: 'The run is going on: everything here is as it stood when this was made.',
        isFinal: false,
      };
    case 'completed':
      return { word: 'completed', sentence: 'The run has come to its end.', isFinal: true };
    case 'interrupted':
      return {
        word: 'interrupted',
        sentence: 'The run was stopped before its end, and can go on. What is here is what was known then.',
        isFinal: false,
      };
    case 'budget': {
      const why = view.budgetReached?.message;
      return {
        word: 'stopped by its budget',
        sentence: `The run reached its budget${why === undefined ? '' : ` (${why})`}, and can go on with more.`,
        isFinal: false,
      };
    }
    case 'broken-off':
      return view.failure === null
        ? {
            word: 'broken off',
            sentence:
              'The process of the run ended without a result, and it can go on. What is here is what was known then.',
            isFinal: false,
          }
        : { word: 'failed', sentence: `The run failed: ${view.failure}`, isFinal: false };
    default:
      return details.status satisfies never;
  }
}

/** What the run says, in a sentence, and how much that is worth. */
export interface Conclusion {
  readonly kind: 'better' | 'worse' | 'open';
  readonly sentence: string;
  readonly restsOn: string;
}

/** What can be said of the best candidate. */
export function conclusionOf({ view, details }: Pick<ReportData, 'view' | 'details'>): Conclusion {
  const { heldOut, best } = view;
  if (heldOut !== null) {
    const { verdict } = heldOut;
    return {
      kind: verdict === 'better' || verdict === 'worse' ? verdict : 'open',
      sentence: verdictSentence(heldOut),
      restsOn: `It rests on ${heldOut.best.n} held-out tasks that the search never saw, each done once with the best candidate and once with what the run began with.`,
    };
  }
  if (best === null) {
    return {
      kind: 'open',
      sentence:
        details.status === 'completed' ? 'this run chose no best candidate' : 'no candidate has been scored yet',
      restsOn: view.evaluations.length === 0 ? 'Nothing has been evaluated.' : 'What was evaluated is below.',
    };
  }
  const seedScore =
    view.firstScore === null || seedOf(view)?.version === best.version
      ? ''
      : `, began at ${scoreText(view.firstScore)}`;
  return {
    kind: 'open',
    sentence: `no verdict: the best${details.status === 'completed' ? '' : ' so far'} scored ${scoreText(best.score)}${seedScore}, on tasks that it was chosen by`,
    restsOn:
      details.datasets.test === null
        ? 'There were no held-out tasks (testDataset), so nobody knows how much of that is luck: of many candidates a search takes the one that did best on the tasks it chooses by, also by chance, so its score there is likely too high.'
        : details.status === 'completed'
          ? 'The held-out tasks were not read.'
          : 'The held-out tasks have not been read yet: that is done once, at the end.',
  };
}

/** The score on the whole validation set, otherwise the latest on a sample; `null` if there is none. */
export function latestScore({ validation, samples }: CandidateView): ScoreView | null {
  return validation ?? samples.at(-1) ?? null;
}

/** What makes the scores say less than they seem to, each once: findings, then other warnings. */
export function doubtsOf({ view, details }: Pick<ReportData, 'view' | 'details'>): readonly string[] {
  const { warnings } = Object(details.result) as { warnings?: unknown };
  const told = Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : [];
  return [...new Set([...view.findings.map(({ message }) => message), ...view.warnings, ...told])];
}

/** How the run was started, without what is of its machine alone; `null` for one that no script started. */
export function commandLine({ command }: ReportData['details']): string | null {
  const { script, arguments: args, directory } = command;
  if (script === null) return null;
  const name = script.replace(/^.*[\\/]/, '');
  const local = script.startsWith(`${directory}/`) ? script.slice(directory.length + 1) : name;
  const program = /^agl(\.[cm]?[jt]s)?$/.test(name) ? ['agl'] : ['node', local];
  // What is given by its whole path is often in the folder that it ran in.
  const shown = args.map((argument) => argument.replaceAll(`${directory}/`, ''));
  return [...program, ...shown].map(shellWord).join(' ');
}
