import { findFinalReward } from '@agentlightning/core';
import { InMemoryLightningStore, LightningStoreServer, type Span, TraceToMessages } from 'agentlightning';
import type { Checks } from '../checks.ts';
import type { Part } from '../part.ts';
import { roomTasks, SEED_PROMPT, writeTasks } from '../room-tasks.ts';

/** Python's tracer sends OpenTelemetry to our store; our adapter reads it. */
export const pythonTraces: Part = {
  name: 'python-traces',
  title: "OpenTelemetry from Python's tracer into our store, read by our adapter",
  deadlineMs: 180_000,
  async run(stage) {
    const { checks } = stage;
    const models = await stage.models();
    const tasks = await writeTasks(roomTasks({ train: 0, val: 1 }));
    stage.closeLater(() => tasks.remove());
    const store = new InMemoryLightningStore();
    stage.closeLater(() => store.close());
    const server = await LightningStoreServer.start(store);
    stage.closeLater(() => server.close());
    const said = await stage
      .python(
        'send_traces.py',
        ['--endpoint', models.baseUrl, '--tasks', tasks.path, '--prompt', SEED_PROMPT.template],
        `http://agl:${server.token}@127.0.0.1:${server.port}`,
      )
      .result();

    checks.equal("Python's runner executed a task", said['status'], 'succeeded');
    const traced = await store.querySpans({ rolloutId: String(said['traced']) });
    checkTraced(checks, traced.items, said['conversation']);
    checks.equal("Python's exporter was told that all arrived", said['flushed'], true);
    const plain = await store.querySpans({ rolloutId: String(said['plain']) });
    checkPlain(checks, plain.items);
    const rollout = await store.getRolloutById(String(said['plain']));
    checks.equal('a rollout whose only reports were spans has succeeded', rollout?.status, 'succeeded');
  },
};

/** What upstream's default tracer records of two model calls, a message, an operation and a reward. */
function checkTraced(checks: Checks, spans: readonly Span[], conversation: unknown): void {
  const numbers = spans.map(({ sequenceId }) => sequenceId);
  checks.equal(
    'spans are numbered without a gap',
    numbers,
    numbers.map((_, index) => index + 1),
  );
  const names = new Set(spans.map(({ name }) => name));
  const wanted = ['agentlightning.message', 'agentlightning.operation', 'agentlightning.annotation'];
  checks.equal(
    'message, operation and reward are there',
    wanted.filter((name) => names.has(name)),
    wanted,
  );
  const reward = findFinalReward(spans);
  checks.holds('our reader finds the reward', reward === 0 || reward === 1, { got: reward, expected: '0 or 1' });
  const records = new TraceToMessages().adapt(spans);
  checks.equal('our TraceToMessages finds both model calls', records.length, 2);
  checks.equal('the second one has the whole conversation', records.at(-1)?.messages.map(comparable), conversation);
  const tools = records.at(-1)?.tools?.map((tool) => tool.function.name);
  checks.equal('and the tool on offer', tools, ['get_rooms_and_availability']);
}

/** Spans of OpenTelemetry's own SDK and exporter. */
function checkPlain(checks: Checks, spans: readonly Span[]): void {
  const outer = spans.find(({ name }) => name === 'outer');
  const inner = spans.find(({ name }) => name === 'inner');
  checks.equal('attributes of every type', outer?.attributes, { text: 'grün', count: 3, share: 0.25, flag: true });
  checks.equal('lists too', inner?.attributes, { list: ['a', 'b'], numbers: [1, 2] });
  checks.equal('who is whose child', inner?.parentId, outer?.spanId);
  const { statusCode, description } = inner?.status ?? {};
  checks.equal('an error with its text', [statusCode, description], ['ERROR', 'no room']);
  const events = inner?.events.map(({ name, attributes }) => [name, attributes]);
  checks.equal('events', events, [['half way', { step: 1 }]]);
  checks.equal('the resource', outer?.resource.attributes['service.name'], 'room-finder');
  const isTimed = (inner?.endTime ?? 0) >= (inner?.startTime ?? Infinity);
  checks.equal('times in seconds', isTimed && Math.abs(Date.now() / 1000 - inner!.startTime!) < 60, true);
}

/** Without the nulls that our records write out and Python's leaves away. */
function comparable(message: object): object {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null));
}
