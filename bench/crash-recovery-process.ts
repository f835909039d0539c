// A program of its own: a runner process as another machine would have it, until it is killed.
import { LightningStoreClient, LitAgentRunner } from 'agentlightning';
import { answerQuestions } from './forked.ts';
import { waitingAgent } from './waiting-agent.ts';

/** Where to work, how much at a time, and how often to say that one lives. */
export interface RunnerQuestion {
  readonly url: string;
  readonly token: string;
  readonly slots: number;
  readonly heartbeatIntervalMs: number;
}

answerQuestions<RunnerQuestion, 'runs'>(async ({ url, token, slots, heartbeatIntervalMs }) => {
  const store = new LightningStoreClient({ url, token });
  void new LitAgentRunner({ agent: waitingAgent, store, slots, heartbeatIntervalMs }).iter();
  return 'runs';
});
