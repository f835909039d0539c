import type { ChatCompletion, CompletionChoice } from '../chat/chat-completion.ts';
import { completionEvents } from '../chat/completion-stream.ts';
import type { Fault } from '../faults.ts';

/** What to send for a completion: its head and the pieces of its body in order. */
export interface ResponsePlan {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly (string | Uint8Array)[];
}

const json = { 'content-type': 'application/json' };
const eventStream = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/**
 * The response to a completion, with a fault worked into it where it is one of the content. Faults of the connection (reset, stall,
 * truncate) are the sender's.
 */
export function planResponse(
  completion: ChatCompletion,
  stream: { readonly includeUsage: boolean } | undefined,
  fault: Fault | undefined,
): ResponsePlan {
  if (fault?.kind === 'status') return errorPlan(fault);
  if (fault?.kind === 'html') {
    const page =
      '<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Simulated proxy page</h1></body></html>';
    return { status: 200, headers: { 'content-type': 'text/html' }, pieces: [page] };
  }
  const altered = alterCompletion(completion, fault);
  if (stream === undefined) {
    const text = JSON.stringify(altered);
    if (fault?.kind === 'garbage') return { status: 200, headers: json, pieces: [text.slice(0, text.length >> 1)] };
    return { status: 200, headers: json, pieces: [fault?.kind === 'bad-utf8' ? spoilUtf8(text) : text] };
  }
  const events: (string | Uint8Array)[] = completionEvents(altered, stream.includeUsage);
  if (fault?.kind === 'garbage') events.splice(1, 1, 'data: {"id":"chatcmpl-sim-\n\n');
  return {
    status: 200,
    headers: eventStream,
    pieces: fault?.kind === 'bad-utf8' ? events.map((event) => spoilUtf8(String(event))) : events,
  };
}

function errorPlan(fault: Fault & { kind: 'status' }): ResponsePlan {
  const limited = fault.status === 429;
  const type = limited ? 'rate_limit_error' : fault.status >= 500 ? 'server_error' : 'invalid_request_error';
  const code = fault.code ?? (limited ? 'rate_limit_exceeded' : null);
  return {
    status: fault.status,
    headers: {
      ...json,
      ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
      ...fault.headers,
    },
    pieces: [
      JSON.stringify({
        error: { message: fault.message ?? `Simulated fault: status ${fault.status}`, type, param: null, code },
      }),
    ],
  };
}

function alterCompletion(completion: ChatCompletion, fault: Fault | undefined): ChatCompletion {
  switch (fault?.kind) {
    case 'empty-content':
      return withMessage(completion, { content: '', refusal: null });
    case 'null-content':
      return withMessage(completion, { content: null, refusal: null });
    case 'refusal':
      return withMessage(completion, { content: null, refusal: "I'm sorry, but I can't help with that." });
    case 'oversized':
      return withMessage(completion, { content: 'x'.repeat(fault.characters), refusal: null });
    case 'bad-utf8':
      return withMessage(completion, { content: spoiledContent, refusal: null });
    case 'cut-at-length':
      return ended(completion, 'length', (content) => content.slice(0, content.length >> 1));
    case 'content-filter':
      return ended(completion, 'content_filter', () => '');
    case 'tool-call':
      return withToolCall(completion);
    case 'empty-choices':
      return { ...completion, choices: [] };
    case 'missing-usage': {
      const { usage: _, ...rest } = completion;
      return rest;
    }
    case undefined:
    case 'endless':
    case 'garbage':
    case 'html':
    case 'reset':
    case 'stall':
    case 'status':
    case 'truncate':
      return completion;
    default:
      return fault satisfies never;
  }
}

function ended(
  completion: ChatCompletion,
  finishReason: CompletionChoice['finish_reason'],
  change: (content: string) => string,
): ChatCompletion {
  return {
    ...completion,
    choices: completion.choices.map((choice) => ({
      ...choice,
      message: { role: 'assistant', content: change(choice.message.content ?? ''), refusal: null },
      finish_reason: finishReason,
    })),
  };
}

function withToolCall(completion: ChatCompletion): ChatCompletion {
  const call = {
    id: 'call_sim_fault',
    type: 'function',
    function: { name: 'simulated_fault', arguments: '{}' },
  } as const;
  return {
    ...completion,
    choices: completion.choices.map((choice) => ({
      ...choice,
      message: { role: 'assistant', content: null, refusal: null, tool_calls: [call] },
      finish_reason: 'tool_calls',
    })),
  };
}

function withMessage(
  completion: ChatCompletion,
  message: { content: string | null; refusal: string | null },
): ChatCompletion {
  return {
    ...completion,
    choices: completion.choices.map((choice) => ({
      ...choice,
      message: { role: 'assistant', ...message },
      finish_reason: 'stop',
    })),
  };
}

/** Stands where invalid bytes go, one for each character. Twelve, so that a stream keeps it in one piece. */
const spoiledContent = 'not~utf8~her';

function spoilUtf8(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const at = bytes.indexOf(spoiledContent);
  return at < 0 ? bytes : bytes.fill(0xff, at, at + spoiledContent.length);
}
