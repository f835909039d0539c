import { describe, expect, it } from 'vitest';
import type { SeenRequest } from './watch-requests.ts';
import { whyNoSpans } from './why-no-spans.ts';

const byFetch = (path: string): SeenRequest => ({ by: 'fetch', host: 'models.example', path });

describe('whyNoSpans()', () => {
  it.each<[string, SeenRequest[], boolean, RegExp]>([
    ['a tracer of the config', [byFetch('/v1/chat/completions')], true, /tracer of its own/],
    ['a dispatcher of its own', [byFetch('/v1/chat/completions')], false, /a call to models\.example went past/],
    ['the same for responses', [byFetch('/v1/responses?x=1')], false, /went past the capture/],
    ['another API', [byFetch('/v1/messages')], false, /requests to models\.example are no chat completions/],
    [
      'another client',
      [byFetch('/x'), { by: 'http', host: 'h', path: '/v1/chat/completions' }],
      false,
      /asks h through Node's/,
    ],
    ['nothing', [], false, /no request at all/],
  ])('tells %s by what was seen', (_, seen, hasTracer, why) => {
    expect(whyNoSpans(seen, { hasTracer }).why).toMatch(why);
  });
});
