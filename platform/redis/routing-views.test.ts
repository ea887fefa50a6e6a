import { expect, it } from 'vitest';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import type { Log } from '../process/log.ts';
import { createRoutingViews } from './routing-views.ts';

const view = (sequence: number, weight = 5): RoutingView => ({
  agent: 'support',
  sequence,
  rollout: 'r1',
  salt: 's',
  arms: [{ name: 'stable', version: 'v1', upstream: 'http://a', weight }],
  versions: [],
  rules: NO_RULES,
  flags: [],
  shadow: null,
  shadowTools: 'pass',
  http: null,
  judging: null,
  slices: [],
  metrics: [],
  events: [],
  issuedAt: 1,
});

const table = (known: RoutingView[] = []) => {
  const said: string[] = [];
  const changes: number[] = [];
  const log = { error: (_fields: object, line: string) => said.push(line) } as unknown as Log;
  const { views, offer } = createRoutingViews(known, log, ({ sequence }) => changes.push(sequence));
  return { said, changes, offer, current: () => views.get('support')?.sequence };
};

it('applies only newer views, in whatever order they come', () => {
  const { said, changes, offer, current } = table([view(2)]);
  const order = [1, 2, 5, 3, 5, 4, 6];
  expect(order.map((sequence, i) => offer(JSON.stringify(view(sequence)), `from-${i}`))).toEqual([
    false,
    false,
    true,
    false,
    false,
    false,
    true,
  ]);
  expect([current(), changes, said]).toEqual([6, [5, 6], []]);
});

it.each([
  ['{"agent":', 'it is not JSON'],
  [JSON.stringify({ ...view(9), arms: [] }), 'arms: '],
  [JSON.stringify({ ...view(9), sequence: 'nine' }), 'sequence: '],
])('reports once what can’t be read, and keeps what is in force', (json, reason) => {
  const { said, offer, current } = table([view(2)]);
  for (let i = 0; i < 5; i++) expect(offer(json, 'coalmine:routing:support')).toBe(false);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(reason);
  expect(current()).toBe(2);
});

it('reports a second view under one sequence, and keeps the first', () => {
  const { said, offer } = table();
  offer(JSON.stringify(view(1, 5)), 'a');
  expect(offer(JSON.stringify(view(1, 50)), 'a')).toBe(false);
  expect(said).toEqual(['a routing view was ignored: it differs from the one in force under the same sequence']);
});
