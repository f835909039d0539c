import {
  exceptionDraft,
  type LightningStore,
  LLM,
  modelCallAttributes,
  PromptTemplate,
  type RolloutConfigInput,
  rewardDraft,
  type SpanDraft,
  spanFromDraft,
} from '@agentlightning/core';

/** A key that must never be seen. */
export const SECRET_KEY = 'sk-never-to-be-seen';

/** Ids of what {@link fillSampleStore} makes, to be opened by tests. */
export const SAMPLE = {
  retried: 'ro-retried',
  failed: 'ro-failed',
  talkative: 'ro-talkative',
  large: 'ro-large',
  waiting: 'ro-waiting',
} as const;

const BEGIN = 1_790_000_000;
const RETRIES: RolloutConfigInput = {
  timeoutSeconds: 30,
  unresponsiveSeconds: 60,
  maxAttempts: 3,
  retryCondition: ['timeout', 'unresponsive'],
};

/** Rollouts as a run leaves them: succeeded, failed, tried again, waiting; conversations, a large trace, prompts, workers. Made by the store's own calls. */
export async function fillSampleStore(
  store: LightningStore,
  { rollouts = 60 }: { rollouts?: number } = {},
): Promise<void> {
  const prompts = await addPrompts(store);
  await addTasks(store, rollouts, prompts);
  await addRetried(store, prompts[1]!);
  await addFailed(store, prompts[0]!);
  await addTalkative(store, prompts[2]!);
  await addLarge(store);
  await store.enqueueRollout({
    input: { question: 'Which room is free at nine?' },
    rolloutId: SAMPLE.waiting,
    mode: 'test',
  });
  for (const id of ['runner-0', 'runner-1', 'runner-2'])
    await store.updateWorker(id, { heartbeatStats: { cpu_percent: 12, memory_mb: 210, slots: 4 } });
}

async function addPrompts(store: LightningStore): Promise<string[]> {
  const templates = [
    'Find a room on {date} at {time} for {attendees} people.',
    'Find a room on {date} at {time} for {attendees} people. Check each requirement in turn before you decide, and answer with the id of the room alone.',
    'You book rooms. Find a room on {date} at {time} for {attendees} people. Check each requirement in turn, prefer the smallest that fits, and answer with the id of the room alone.',
  ];
  const model = new LLM({
    endpoint: 'http://127.0.0.1:8000/v1',
    model: 'simulated-small',
    apiKey: SECRET_KEY,
    samplingParameters: { temperature: 0, max_tokens: 256 },
  });
  const ids: string[] = [];
  for (const [index, template] of templates.entries()) {
    const id = `rs-candidate-${index}`;
    await store.updateResources(id, {
      prompt_template: new PromptTemplate({ template, engine: 'f-string' }),
      main_llm: model,
    });
    ids.push(id);
  }
  return ids;
}

async function addTasks(store: LightningStore, count: number, prompts: readonly string[]): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const mode = (['train', 'val', 'test'] as const)[index % 3]!;
    const { rolloutId, attempt } = await store.startRollout({
      rolloutId: `ro-task-${String(index).padStart(4, '0')}`,
      input: { date: `2026-11-${(index % 28) + 1}`, time: `${8 + (index % 9)}:00`, attendees: 2 + (index % 12) },
      mode,
      resourcesId: prompts[index % prompts.length]!,
      config: RETRIES,
      metadata: { run_id: 'run-1', evaluation: `round-${1 + (index % 2)}/${mode}` },
      workerId: `runner-${index % 3}`,
    });
    const { attemptId } = attempt;
    const seconds = 0.4 + (index % 7) * 0.3;
    await addSpans(store, { rolloutId, attemptId }, [
      ...callOf('Find a room', `room ${index % 9}`, 0, seconds),
      rewardAt(index % 5 === 0 ? 0 : (index % 10) / 10, seconds),
    ]);
    const isFailed = index % 13 === 12;
    await store.updateAttempt(rolloutId, attemptId, {
      status: isFailed ? 'failed' : 'succeeded',
      ...(isFailed ? { metadata: { error: 'TypeError: the agent answered without a room' } } : {}),
    });
  }
}

async function addRetried(store: LightningStore, resourcesId: string): Promise<void> {
  const rolloutId = SAMPLE.retried;
  const first = await store.startRollout({
    rolloutId,
    input: { question: 'Which room has a whiteboard?', attendees: 4 },
    mode: 'val',
    resourcesId,
    config: RETRIES,
    metadata: { run_id: 'run-1', evaluation: 'round-1/val' },
    workerId: 'runner-0',
  });
  const firstId = first.attempt.attemptId;
  await addSpans(store, { rolloutId, attemptId: firstId }, callOf('Which room has a whiteboard?', null, 0, 29));
  await store.updateAttempt(rolloutId, firstId, { status: 'timeout', metadata: { reason: 'timeout' } });
  const second = await store.startAttempt(rolloutId, { workerId: 'runner-1' });
  await store.updateAttempt(rolloutId, second.attempt.attemptId, {
    status: 'unresponsive',
    givenBack: true,
    metadata: { reason: 'given back', cause: 'The thread ran out of memory' },
  });
  const third = await store.startAttempt(rolloutId, { workerId: 'runner-2' });
  const ids = { rolloutId, attemptId: third.attempt.attemptId };
  await addSpans(store, ids, [
    ...callOf('Which room has a whiteboard?', 'B12', 0, 1.4),
    {
      ...rewardDraft({ primary: 1, tone: 0.5 } as never, { primaryKey: 'primary', feedback: 'Right, but curt' }),
      ...timesOf(1.5, 1.5),
    },
  ]);
  await store.updateAttempt(rolloutId, ids.attemptId, { status: 'succeeded' });
}

async function addFailed(store: LightningStore, resourcesId: string): Promise<void> {
  const rolloutId = SAMPLE.failed;
  const { attempt } = await store.startRollout({
    rolloutId,
    input: 'Book the large hall',
    mode: 'train',
    resourcesId,
    workerId: 'runner-1',
  });
  const ids = { rolloutId, attemptId: attempt.attemptId };
  await addSpans(store, ids, [{ ...exceptionDraft(new RangeError('There is no large hall')), ...timesOf(0.2, 0.2) }]);
  await store.updateAttempt(rolloutId, ids.attemptId, {
    status: 'failed',
    metadata: { error: 'RangeError: There is no large hall' },
  });
}

/** Tools, several calls, and each of the ways in which calls are recorded. */
async function addTalkative(store: LightningStore, resourcesId: string): Promise<void> {
  const rolloutId = SAMPLE.talkative;
  const { attempt } = await store.startRollout({
    rolloutId,
    input: { task: 'A room for six with a projector', constraints: { floor: 'any', tags: ['projector', 'quiet'] } },
    mode: 'val',
    resourcesId,
    workerId: 'runner-2',
  });
  const ids = { rolloutId, attemptId: attempt.attemptId };
  const system = { role: 'system', content: 'You book rooms. Use the tools.' };
  const user = { role: 'user', content: 'A room for six with a projector, please.' };
  const toolCall = {
    id: 'call_1',
    type: 'function',
    function: { name: 'find_rooms', arguments: '{"seats":6,"tags":["projector"]}' },
  };
  const asked = { role: 'assistant', content: null, tool_calls: [toolCall] };
  const found = { role: 'tool', tool_call_id: 'call_1', content: '[{"id":"A3","seats":8},{"id":"C1","seats":6}]' };
  const tools = [
    { type: 'function', function: { name: 'find_rooms', description: 'Rooms with seats and tags', parameters: {} } },
  ];
  const reply = (message: object) => ({
    id: `r-${JSON.stringify(message).length}`,
    model: 'simulated-small',
    choices: [{ message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 412, completion_tokens: 37 },
  });
  const request = (messages: object[]) => ({ model: 'simulated-small', temperature: 0, messages, tools });
  await addSpans(store, ids, [
    {
      name: 'agentlightning.operation',
      attributes: { 'agentlightning.operation.name': 'book' },
      spanId: 'a'.repeat(16),
      ...timesOf(0, 5.2),
    },
    call(modelCallAttributes(request([system, user]), reply(asked)), 0.1, 1.2),
    {
      name: 'find_rooms',
      attributes: { 'tool.result': found.content },
      parentId: 'a'.repeat(16),
      ...timesOf(1.3, 1.9),
    },
    call(
      modelCallAttributes(
        request([system, user, asked, found]),
        reply({ role: 'assistant', content: 'C1 seats exactly six.' }),
      ),
      2,
      3.1,
    ),
    call(
      {
        'gen_ai.request.model': 'grader-large',
        'gen_ai.usage.input_tokens': 96,
        'gen_ai.usage.output_tokens': 4,
        'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'Is C1 right?' }] }]),
        'gen_ai.output.messages': JSON.stringify([
          { role: 'assistant', parts: [{ type: 'text', content: 'Yes: 1.0' }] },
        ]),
      },
      3.2,
      4.4,
    ),
    call({ 'gen_ai.request.model': 'damaged', 'gen_ai.input.messages': '{' }, 4.5, 5),
    rewardAt(1, 5.1),
  ]);
  await store.updateAttempt(rolloutId, ids.attemptId, { status: 'succeeded' });
}

/** More spans than fit on any screen. */
async function addLarge(store: LightningStore): Promise<void> {
  const rolloutId = SAMPLE.large;
  const { attempt } = await store.startRollout({ rolloutId, input: 'A long way', mode: 'train', workerId: 'runner-0' });
  const idOf = (index: number) => index.toString(16).padStart(16, '0');
  const spans = Array.from({ length: 1500 }, (_, index) => ({
    name: index % 50 === 0 ? `stage ${index / 50}` : `step ${index}`,
    attributes: { index, note: 'a step of many' },
    spanId: idOf(index + 1),
    ...(index % 50 === 0 ? {} : { parentId: idOf(index - (index % 50) + 1) }),
    ...timesOf(index * 0.01, index * 0.01 + (index % 50 === 0 ? 0.5 : 0.008)),
  }));
  await addSpans(store, { rolloutId, attemptId: attempt.attemptId }, spans);
  await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' });
}

function callOf(question: string, answer: string | null, start: number, end: number): SpanDraft[] {
  const messages = [
    { role: 'system', content: 'Find a room. Answer with its id alone.' },
    { role: 'user', content: question },
  ];
  const response =
    answer === null
      ? undefined
      : {
          id: `reply-${answer}`,
          model: 'simulated-small',
          choices: [{ message: { role: 'assistant', content: answer }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 38, completion_tokens: 3 },
        };
  const attributes = modelCallAttributes({ model: 'simulated-small', temperature: 0, messages }, response);
  const status = answer === null ? { statusCode: 'ERROR' as const, description: 'The request was aborted' } : undefined;
  return [{ ...call(attributes, start, end), parentId: null, ...(status === undefined ? {} : { status }) }];
}

function call(attributes: SpanDraft['attributes'], start: number, end: number): SpanDraft {
  return { name: 'openai.chat.completion', attributes, parentId: 'a'.repeat(16), ...timesOf(start, end) };
}

function rewardAt(value: number, time: number): SpanDraft {
  return { ...rewardDraft(value), ...timesOf(time, time) };
}

function timesOf(start: number, end: number) {
  return { startTime: BEGIN + start, endTime: BEGIN + end };
}

/** Stores spans of an attempt. */
async function addSpans(
  store: LightningStore,
  ids: { readonly rolloutId: string; readonly attemptId: string },
  drafts: readonly SpanDraft[],
): Promise<void> {
  const context = { ...ids, traceId: '1'.repeat(32), now: BEGIN };
  await store.addManySpans(drafts.map((draft) => spanFromDraft(draft, context)));
}
