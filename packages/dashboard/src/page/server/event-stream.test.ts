import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventStreamParser } from './event-stream.ts';

const stream =
  ': hello\n\nid: 7\ndata: {"a":1}\n\nevent: reset\nid: 8\ndata:one\ndata: two\n\nevent: lost\n\ndata\n\n: beat\n\n';
const messages = [
  { event: 'message', data: '{"a":1}', lastEventId: '7' },
  { event: 'reset', data: 'one\ntwo', lastEventId: '8' },
  { event: 'message', data: '', lastEventId: '8' },
];

it('reads events, ids and comments, and leaves out what has no data', () => {
  expect(new EventStreamParser().push(stream)).toEqual(messages);
});

it('reads the same wherever the stream is cut, and however its lines end', () => {
  const anyCuts = fc.uniqueArray(fc.nat(stream.length * 2), { maxLength: 12 });
  fc.assert(
    fc.property(anyCuts, fc.constantFrom('\n', '\r\n', '\r'), (cuts, lineEnd) => {
      const text = stream.replaceAll('\n', lineEnd);
      const parser = new EventStreamParser();
      const edges = [0, ...cuts.toSorted((a, b) => a - b).filter((cut) => cut < text.length), text.length];
      const read = edges.slice(1).flatMap((edge, index) => parser.push(text.slice(edges[index], edge)));
      // The last line end may be half of one that is two characters long.
      expect([...read, ...parser.push('\n')].slice(0, 3)).toEqual(messages);
    }),
    { numRuns: 200 },
  );
});
