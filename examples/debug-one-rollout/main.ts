// Runs one task through an agent without algorithm, queue or threads, and looks at what was recorded: the first thing to do
// with a new agent. The model is simulated: a rule-based program answers over HTTP.
import assert from 'node:assert/strict';
import { simulatedModelNotice, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard, gradeRoomChoice } from '@agentlightning/simulated-llm/rooms-hard';
import { RoomSelector, seedPrompt } from '@agentlightning-examples/room-selector';
import { InMemoryLightningStore, LitAgentRunner, LLM, TraceToMessages } from 'agentlightning';

if (import.meta.main) {
  const server = await startSimulatedLlm();
  console.log(simulatedModelNotice);
  const store = new InMemoryLightningStore();
  const runner = new LitAgentRunner({ agent: new RoomSelector(), store });
  try {
    const task = generateRoomsHard().train[0]!;
    const rollout = await runner.step(task, {
      mode: 'train',
      resources: {
        prompt_template: seedPrompt,
        agent_llm: new LLM({ endpoint: server.baseUrl, model: 'sim-agent-weak' }),
      },
    });
    const { items: spans } = await store.querySpans({ rolloutId: rollout.rolloutId });
    console.log(`${rollout.rolloutId} ${rollout.status}, reward ${rollout.reward}`);
    for (const span of spans) console.log(`  ${span.sequenceId} ${span.name}`);

    // The conversation as the optimiser reads it.
    const conversations = new TraceToMessages().adapt(spans);
    for (const message of conversations.at(-1)?.messages ?? []) {
      console.log(`  ${message.role}: ${JSON.stringify(message.content ?? message.tool_calls).slice(0, 100)}`);
    }

    assert.equal(rollout.status, 'succeeded');
    assert.ok(
      spans.some((span) => span.name === 'openai.chat.completion'),
      'the model calls were recorded',
    );
    assert.equal(conversations.length, 2, 'one call that asks the tool, one that answers');
    const answer = conversations.at(-1)?.messages.at(-1)?.content;
    assert.equal(typeof answer, 'string', 'the conversation ends with what the model said');
    assert.equal(rollout.reward, gradeRoomChoice(task, String(answer)), 'the reward is that of the answer');
  } finally {
    await runner[Symbol.asyncDispose]();
    await store.close();
    await server.close();
  }
}
