import { emitMessage, rollout } from 'agentlightning';

/** Says in which process it is, and waits until it is told to stop. */
export const waitingAgent = rollout(
  async ({ signal }) => {
    emitMessage(String(process.pid));
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
  { moduleUrl: import.meta.url },
);
