import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { streamOf } from '../test-data/chat-server.ts';
import { modelEndpointOf } from './model-endpoint.ts';
import { readModelResponse } from './read-model-response.ts';

const LIMIT = 1_000_000;
const endpoint = modelEndpointOf({ method: 'POST', path: '/v1/chat/completions?x=1' })!;
const stream = { statusCode: 200, contentType: 'text/event-stream; charset=utf-8', contentEncoding: '' };

describe('readModelResponse()', () => {
  const text = streamOf([{ role: 'assistant', content: 'Room' }, { content: ' 4' }], 'stop');

  it('reads what came of a stream that broke off anywhere, compressed or not', () => {
    for (const [contentEncoding, bytes] of [
      ['', Buffer.from(text)],
      ['gzip', gzipSync(text)],
    ] as const) {
      for (let length = 0; length <= bytes.length; length++) {
        const answer = readModelResponse(
          { ...stream, contentEncoding, body: bytes.subarray(0, length) },
          endpoint,
          LIMIT,
        );
        const content = (answer.completion as { choices: { message: { content: string | null } }[] } | undefined)
          ?.choices[0]?.message.content;
        expect(['Room 4', 'Room', null, undefined]).toContain(content);
      }
    }
  });

  it('reports an error that comes within a stream, with what came before', () => {
    const broken = `${text.split('\n\n')[0]}\n\ndata: {"error":{"message":"overloaded"}}\n\n`;
    expect(readModelResponse({ ...stream, body: Buffer.from(broken) }, endpoint, LIMIT)).toMatchObject({
      failure: { type: 'stream_error', message: 'overloaded' },
      completion: { choices: [{ message: { content: 'Room' } }] },
    });
  });

  it.each([
    ['<html>', /not a JSON object/],
    ['[1]', /not a JSON object/],
  ])('reports a body that is no completion: %s', (body, reason) => {
    const answer = readModelResponse(
      { statusCode: 200, contentType: 'text/html', contentEncoding: '', body: Buffer.from(body) },
      endpoint,
      LIMIT,
    );
    expect(answer.failure?.message).toMatch(reason);
  });

  it('leaves out what unpacks to more than the limit, and reports an encoding it does not know', () => {
    const bomb = gzipSync(Buffer.alloc(LIMIT + 1));
    const json = { statusCode: 200, contentType: 'application/json', body: bomb };
    expect(readModelResponse({ ...json, contentEncoding: 'gzip' }, endpoint, LIMIT)).toEqual({
      finished: false,
      omitted: true,
    });
    expect(readModelResponse({ ...json, contentEncoding: 'lzma' }, endpoint, LIMIT).failure?.type).toBe(
      'undecodable_response',
    );
  });
});
