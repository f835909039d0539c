import { describe, expect, it } from 'vitest';
import { parseRoute, routeHash } from './route.ts';

describe('parseRoute()', () => {
  it('reads view, id and query', () => {
    const route = parseRoute('#/rollouts/ro-1?status=failed&status=timeout');
    expect(route).toMatchObject({ view: 'rollouts', id: 'ro-1' });
    expect(route.query.getAll('status')).toEqual(['failed', 'timeout']);
  });

  it.each(['', '#', '#/', '#?x=1', '#/search'])('shows the search at %j', (hash) => {
    expect(parseRoute(hash).view).toBe('search');
  });

  it.each(['#/nothing', '#token', '#/Search', '#//ro-1', '#/workers/runner-1', '#/run/run-2'])(
    'knows no page at %j',
    (hash) => {
      expect(parseRoute(hash).view).toBeNull();
    },
  );

  it.each(['a/b', 'a?b#c', 'ä 100%', '../..', '<script>'])(
    'reads back the id %j that routeHash() has written',
    (id) => {
      expect(parseRoute(routeHash({ view: 'rollouts', id })).id).toBe(id);
    },
  );

  it('has an address for an id that no address can hold', () => {
    expect(parseRoute(routeHash({ view: 'resources', id: 'a\uD800b' })).id).toBe('a\uFFFDb');
  });

  it('takes an id that is not encoded as it is', () => {
    expect(parseRoute('#/rollouts/100%').id).toBe('100%');
  });
});
