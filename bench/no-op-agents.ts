import { emitMessage, emitReward, rollout } from 'agentlightning';

/** Bytes of text of a span. */
const TEXT = 'The room has a table for eight, and screens on two walls. '.repeat(40).slice(0, 2000);

/** Does nothing but say four things of 2 KB each. */
export const fourSpansAgent = rollout(
  async () => {
    for (let index = 0; index < 4; index += 1) emitMessage(TEXT);
  },
  { moduleUrl: import.meta.url },
);

/** Says six things, and has a reward. */
export const sixSpansAgent = rollout(
  async () => {
    for (let index = 0; index < 6; index += 1) emitMessage(TEXT);
    emitReward(1);
  },
  { moduleUrl: import.meta.url },
);
