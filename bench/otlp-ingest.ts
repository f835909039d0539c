import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Pool } from 'undici';
import { encodeTraces } from '../packages/store-http/test/otlp-payload.ts';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { benchAttributes } from './bench-span.ts';
import { type Forked, startForked } from './forked.ts';
import type { IngestAnswer, IngestQuestion } from './otlp-ingest-process.ts';
import { median } from './percentile.ts';

const ROUNDS = 7;
const REQUESTS = 60;
const SPANS = 100;
/** Of the texts of a span, so that its JSON would have 2.2 KB. */
const TEXT_BYTES = 1_550;
const AT_ONCE = 8;
/** What OpenTelemetry's collector is reckoned to take on a core. */
const COLLECTOR_SPANS_PER_SECOND = 15_000;

const compress = promisify(gzip);

/** What it costs to store the spans of an OTLP export, against only reading them. */
export const otlpIngest: Bench = {
  name: 'otlp-ingest',
  claim: 'Storing the spans of an OTLP export costs little more than reading them',
  measure:
    'spans per second of processor time ÷ those of a Fastify server that only unpacks and decodes; gzipped protobuf, 100 spans a request',
  wanted: 'at least',
  async *run() {
    const jitter = await jitterContext();
    const server: Forked<IngestQuestion, IngestAnswer> = startForked(
      new URL('./otlp-ingest-process.ts', import.meta.url),
    );
    try {
      const { storeUrl, decodeUrl, rollouts } = (await server.ask({ type: 'open' })) as IngestServer;
      const microseconds = { store: [] as number[], decode: [] as number[] };
      for (let index = -1; index < ROUNDS; index += 1) {
        const of = rollouts[(index + 1) % rollouts.length]!;
        const bodies = await Promise.all(
          Array.from({ length: REQUESTS }, (_, request) => bodyOf(of, ((index + 1) * REQUESTS + request) * SPANS)),
        );
        const decode = await microsecondsEach(server, decodeUrl, bodies);
        const store = await microsecondsEach(server, storeUrl, bodies);
        if (index < 0) continue;
        microseconds.decode.push(decode);
        microseconds.store.push(store);
      }
      const ratios = microseconds.decode.map((decode, index) => decode / microseconds.store[index]!);
      const spansPerSecond = 1e6 / median(microseconds.store);
      yield toLine({ bench: this.name, gate: 0.4, goal: 0.6 }, ratios, {
        spansPerRequest: SPANS,
        spansPerCpuSecond: round(spansPerSecond),
        ofACollectors: round(spansPerSecond / COLLECTOR_SPANS_PER_SECOND, 2),
        microseconds: { store: round(median(microseconds.store), 2), decode: round(median(microseconds.decode), 2) },
        ...jitter,
      });
    } finally {
      await server.end();
    }
  },
};

type IngestServer = Extract<IngestAnswer, { storeUrl: string }>;

/** Of the server's process, for a span. */
async function microsecondsEach(
  server: Forked<IngestQuestion, IngestAnswer>,
  url: string,
  bodies: readonly Buffer[],
): Promise<number> {
  const pool = new Pool(url, { connections: AT_ONCE });
  const waiting = [...bodies];
  const sendAll = async (): Promise<void> => {
    for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
      const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };
      const reply = await pool.request({ method: 'POST', path: '/v1/traces', headers, body });
      const answer = await reply.body.bytes();
      if (reply.statusCode !== 200 || answer.length > 0) throw new Error(`The server answered ${reply.statusCode}`);
    }
  };
  try {
    const before = await cpuOf(server);
    await Promise.all(Array.from({ length: AT_ONCE }, sendAll));
    return ((await cpuOf(server)) - before) / (REQUESTS * SPANS);
  } finally {
    await pool.close();
  }
}

async function cpuOf(server: Forked<IngestQuestion, IngestAnswer>): Promise<number> {
  return ((await server.ask({ type: 'cpu' })) as { readonly microseconds: number }).microseconds;
}

/** Model calls as an exporter of OpenTelemetry sends them. */
async function bodyOf(of: IngestServer['rollouts'][number], first: number): Promise<Buffer> {
  const spans = Array.from({ length: SPANS }, (_, index) => {
    const number = first + index + 1;
    return {
      traceId: number.toString(16).padStart(32, '0'),
      spanId: number.toString(16).padStart(16, '0'),
      name: 'openai.chat.completion',
      startTimeUnixNano: '1700000000500000001',
      endTimeUnixNano: '1700000001250000001',
      attributes: keyValues(benchAttributes(number, TEXT_BYTES)),
      status: { code: 1 },
    };
  });
  const resource = keyValues({ 'agentlightning.rollout_id': of.rolloutId, 'agentlightning.attempt_id': of.attemptId });
  const traces = encodeTraces({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans }] }] });
  return await compress(traces);
}

function keyValues(
  attributes: Readonly<Record<string, string | number>>,
): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: value },
  }));
}
