import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A program of the benchmarks in a process of its own, which answers one question at a time. */
export interface Forked<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  /** Ends the process, if it has not ended yet, and waits for its end. */
  end(): Promise<void>;
}

/**
 * Starts a module in a process of its own: whatever it allocates and collects is its own, and its processor time can be told from that of others.
 *
 * @param execArgv - options of Node for it
 */
export function startForked<Question extends object, Answer>(
  module: URL,
  { args = [], execArgv = [] }: { readonly args?: readonly string[]; readonly execArgv?: readonly string[] } = {},
): Forked<Question, Answer> {
  const child = fork(module, args, { execArgv: [...execArgv], serialization: 'advanced' });
  return {
    async ask(question) {
      const answered = answerOf<Answer>(child);
      child.send(question);
      return await answered;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** @throws Error if the process ends instead of answering; its own words are on standard error */
async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const settled = new AbortController();
  try {
    const answer = once(child, 'message', settled);
    const end = once(child, 'exit', settled).then(([code]) => {
      throw new Error(`A process of the benchmark ended with ${code}`);
    });
    const [message] = await Promise.race([answer, end]);
    return message as Answer;
  } finally {
    settled.abort();
  }
}

/** The other end: answers every question until nobody asks any more. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
  close: () => Promise<void> = async () => {},
): void {
  process.on('message', (question) => {
    void answer(question as Question).then((message) => process.send!(message));
  });
  process.once('disconnect', () => void close());
}
