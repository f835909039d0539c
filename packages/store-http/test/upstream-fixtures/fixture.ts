import { readdirSync, readFileSync } from 'node:fs';

/** How exactly a recorded answer must be met; `test-data/upstream-0.3.0/README.md` says what each demands. */
type Comparison = 'full' | 'status_detail' | 'status' | 'deviation';

/** One recorded request and what upstream's server answered. */
export interface FixtureLine {
  readonly scenario: string;
  readonly step: number;
  readonly note?: string;
  readonly compare: Comparison;
  /** Only on the first line of a scenario. */
  readonly server_options?: {
    readonly scan_debounce_seconds?: number;
    readonly cors_allow_origins?: readonly string[];
  };
  readonly wait_before_seconds?: number;
  /** Send, go on, and judge the answer when it comes. */
  readonly background?: boolean;
  readonly deviation_status?: readonly number[];
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: readonly (readonly [string, string])[];
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly body_text?: string;
    readonly body_base64?: string;
    /** Ids in the bytes → tokens of the same length once replaced. */
    readonly placeholders?: Readonly<Record<string, string>>;
    readonly gzip_before_sending?: boolean;
  };
  readonly response: RecordedResponse;
}

/** What was recorded of an answer. */
interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly empty_body?: boolean;
  readonly body_text?: string;
  readonly body_base64?: string;
  readonly status_message?: string;
}

/** The lines of one scenario, in order. They need a fresh, empty server. */
export interface Scenario {
  readonly name: string;
  readonly lines: readonly FixtureLine[];
}

/** What ours answers where a fixture leaves the choice. */
export interface OwnAnswer {
  readonly scenario: string;
  readonly step: number;
  /** The row of `docs/compatibility.md` that gives the reason. */
  readonly why: string;
  readonly status: number;
  /** JSON, as in a fixture, with tokens. */
  readonly body?: unknown;
  /** What a body that is no JSON says, among other things. */
  readonly text?: string;
}

const directory = new URL('../../test-data/upstream-0.3.0/', import.meta.url);

/** Every recorded scenario, in the order of the files. */
export function readScenarios(): Scenario[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl') && name !== OWN_ANSWERS);
  const lines = files.sort().flatMap((name) => readLines<FixtureLine>(name));
  const scenarios = new Map<string, FixtureLine[]>();
  for (const line of lines) {
    const known = scenarios.get(line.scenario);
    if (known === undefined) scenarios.set(line.scenario, [line]);
    else known.push(line);
  }
  return Array.from(scenarios, ([name, of]) => ({ name, lines: of }));
}

/** Our own answers by {@link lineKey}. */
export function readOwnAnswers(): Map<string, OwnAnswer> {
  return new Map(readLines<OwnAnswer>(OWN_ANSWERS).map((answer) => [lineKey(answer), answer]));
}

/** Names a line in messages and maps: `attempts/start_and_list 16`. */
export function lineKey({ scenario, step }: { readonly scenario: string; readonly step: number }): string {
  return `${scenario} ${step}`;
}

const OWN_ANSWERS = 'own-answers.jsonl';

function readLines<T>(name: string): T[] {
  const text = readFileSync(new URL(name, directory), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
