import type { SeenRequest } from './watch-requests.ts';

/** Paths of the calls that are captured. */
const CAPTURED = /\/(?:chat\/completions|responses)(?:\?|$)/;

/** Why no model call of a rollout was captured, and what to do about it, by what was seen of its requests. */
export function whyNoSpans(
  seen: readonly SeenRequest[],
  { hasTracer }: { readonly hasTracer: boolean },
): { readonly why: string; readonly remedy: string } {
  if (hasTracer) {
    return {
      why: 'the config has a tracer of its own, which recorded none',
      remedy: 'Leave `tracer` out to have calls by fetch captured, or have it record them',
    };
  }
  const calls = seen.filter(({ path }) => CAPTURED.test(path));
  if (calls.some(({ by }) => by === 'fetch')) {
    return {
      why: `a call to ${hostsOf(calls)} went past the capture`,
      remedy:
        'Leave out the dispatcher of the client (fetchOptions.dispatcher, a proxy agent), or set it for all by setGlobalDispatcher(); and make the call within rollout(), not in a queue or worker that was started before',
    };
  }
  const byHttp = seen.filter(({ by }) => by === 'http');
  if (byHttp.length > 0) {
    return {
      why: `the agent asks ${hostsOf(byHttp)} through Node's http client, and only fetch is captured`,
      remedy:
        'Have its client use fetch (axios: adapter: "fetch"), or record the calls as spans: emitMessage(), operation()',
    };
  }
  if (seen.length > 0) {
    return {
      why: `the agent's requests to ${hostsOf(seen)} are no chat completions or responses of the OpenAI API`,
      remedy:
        'Use the OpenAI-compatible address of that service, or record the calls as spans: emitMessage(), operation()',
    };
  }
  return {
    why: 'the agent made no request at all in this process',
    remedy:
      'See that rollout() calls its model, and does so itself: not from a cache, another process or a socket of its own',
  };
}

function hostsOf(seen: readonly SeenRequest[]): string {
  return [...new Set(seen.map(({ host }) => host))].join(', ');
}
