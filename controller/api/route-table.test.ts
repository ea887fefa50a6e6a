import { expect, it } from 'vitest';
import { createRouteTable } from './route-table.ts';

it('a path is served with the methods of every route that it fits, and of no other', () => {
  const table = createRouteTable();
  table.add('GET', '/v1/rollouts');
  table.add('GET', '/v1/rollouts/:name');
  table.add('DELETE', '/v1/rollouts/:name');
  table.add('POST', '/v1/rollouts/:name/abort');
  expect(table.allowed('/v1/rollouts')).toEqual(['GET']);
  expect(table.allowed('/v1/rollouts/a%2Fb')).toEqual(['DELETE', 'GET']);
  expect(table.allowed('/v1/rollouts/a/abort')).toEqual(['POST']);
  for (const path of ['/v1', '/v1/rollouts/', '/v1/rollouts/a/b', '/v1/rollouts/a/abort/c', ''])
    expect(table.allowed(path)).toEqual([]);
});
