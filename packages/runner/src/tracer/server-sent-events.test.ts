import { describe, expect, it } from 'vitest';
import { serverSentEvents } from './server-sent-events.ts';

describe('serverSentEvents()', () => {
  it('reads every line ending, fields with and without a blank, comments and events of several lines', () => {
    const text = '\uFEFF: hello\r\ndata: a\r\n\r\nevent: x\rdata:b\rdata: c\r\rid: 1\n\ndata\n\ndata: cut';
    expect(serverSentEvents(text)).toEqual(['a', 'b\nc', '', 'cut']);
  });
});
