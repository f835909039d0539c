/** Who a run is. */
export const HEADER_FILE = 'run.json';
/** What a run came to, see `FitResult`. */
export const RESULT_FILE = 'result.json';
/** The best prompt so far. */
export const BEST_PROMPT_FILE = 'best_prompt.json';
/** What has happened, one event a line. */
export const JOURNAL_FILE = 'journal.jsonl';
