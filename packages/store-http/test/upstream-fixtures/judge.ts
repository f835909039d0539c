import { gunzipSync } from 'node:zlib';
import { differences, type Tokens } from './compare.ts';
import type { FixtureLine, OwnAnswer } from './fixture.ts';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
}

/** @returns how an answer differs from what its line demands */
export function judge(line: FixtureLine, answer: Answer, tokens: Tokens, own: OwnAnswer | undefined): string[] {
  const recorded = line.response;
  const allowed = line.compare === 'full' ? [recorded.status] : [recorded.status, ...(line.deviation_status ?? [])];
  if (!allowed.includes(answer.status)) {
    return [`status: expected ${allowed.join(' or ')}, got ${answer.status} ${text(answer).slice(0, 200)}`];
  }
  if (own !== undefined) return judgeOwn(own, answer, tokens);
  if (line.compare === 'status_detail') return judgeDetail(line, answer);
  if (answer.status !== recorded.status) return [`status ${answer.status} must be among our own answers`];
  const isHead = line.request.method === 'HEAD';
  return [...judgeHeaders(line, answer), ...(isHead ? [] : judgeBody(line, answer, tokens))];
}

/** Where a line leaves the choice, ours is as fixed as upstream's. */
function judgeOwn(own: OwnAnswer, answer: Answer, tokens: Tokens): string[] {
  if (own.status !== answer.status) return [`status: expected our own ${own.status}, got ${answer.status}`];
  if (own.body !== undefined) return differences(own.body, json(answer), tokens);
  const wanted = tokens.fill(own.text ?? '');
  return text(answer).includes(wanted) ? [] : [`body: expected ${wanted}, got ${text(answer)}`];
}

/** The words are the validator's own; that there are some, of FastAPI's shape and about the same part, is not. */
function judgeDetail(line: FixtureLine, answer: Answer): string[] {
  const { detail } = json(answer) as { detail?: unknown };
  const recorded = (line.response.body as { detail: { loc: unknown[] }[] }).detail;
  if (!Array.isArray(detail) || detail.length === 0) return [`detail: expected a list, got ${JSON.stringify(detail)}`];
  return detail.flatMap(({ type, loc, msg }, index) => {
    const isProblem = typeof type === 'string' && typeof msg === 'string' && Array.isArray(loc);
    if (isProblem && loc[0] === recorded[0]?.loc[0]) return [];
    return [`detail[${index}]: expected a problem in '${String(recorded[0]?.loc[0])}', got ${JSON.stringify(detail)}`];
  });
}

const COMPARED_HEADERS = ['content-type', 'location', 'access-control-allow-origin'];

function judgeHeaders(line: FixtureLine, answer: Answer): string[] {
  return COMPARED_HEADERS.flatMap((name) => {
    const expected = withoutParameters(line.response.headers[name]);
    const actual = withoutParameters(answer.headers[name]);
    return expected === actual ? [] : [`${name}: expected ${expected}, got ${actual}`];
  });
}

function withoutParameters(value: string | undefined): string | undefined {
  return value?.split(';', 1)[0];
}

function judgeBody({ response: recorded, compare }: FixtureLine, answer: Answer, tokens: Tokens): string[] {
  if (recorded.body !== undefined) return differences(recorded.body, json(answer), tokens);
  if (recorded.body_text !== undefined) return differences(recorded.body_text, text(answer).slice(0, 200), tokens);
  if (recorded.status_message !== undefined) {
    // `google.rpc.Status` with a message only: field 2, a length, the text. A parser's own words differ after the colon.
    const message = plainBytes(answer).subarray(2).toString('utf8');
    const [start = ''] = compare === 'full' ? [recorded.status_message] : recorded.status_message.split(':', 1);
    return message.startsWith(start) ? [] : [`message: expected ${start}, got ${message}`];
  }
  return answer.bytes.length === 0 || plainBytes(answer).length === 0
    ? []
    : [`body: expected none, got ${text(answer)}`];
}

function json(answer: Answer): unknown {
  try {
    return JSON.parse(text(answer)) as unknown;
  } catch {
    return text(answer);
  }
}

function text(answer: Answer): string {
  return plainBytes(answer).toString('utf8');
}

function plainBytes({ headers, bytes }: Answer): Buffer {
  return headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
}
