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
  judgedPct: 100,
  slices: [],
  metrics: [],
  events: [],
  issuedAt: 1,
});

const UNUSABLE = 99;

const table = (known: RoutingView[] = []) => {
  const said: string[] = [];
  const changes: number[] = [];
  const log = { error: (_fields: object, line: string) => said.push(line) } as unknown as Log;
  let ignored = 0;
  const change = ({ sequence }: RoutingView): void => {
    if (sequence === UNUSABLE) throw new RangeError('no such arm');
    changes.push(sequence);
  };
  const { views, offer } = createRoutingViews(known, log, change, () => (ignored += 1));
  return { said, changes, offer, current: () => views.get('support')?.sequence, ignored: () => ignored };
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
  [JSON.stringify({ ...view(9), sequence: 2 ** 33 }), 'sequence: '],
  [JSON.stringify({ ...view(9), rollout: 'r'.repeat(256) }), 'rollout: '],
  [JSON.stringify({ ...view(9), rollout: 'a\r\nb: c' }), 'rollout: '],
  [' '.repeat(524_289), 'characters'],
])('reports once what can’t be read, and keeps what is in force', (json, reason) => {
  const { said, offer, current, ignored } = table([view(2)]);
  for (let i = 0; i < 5; i++) expect(offer(json, 'coalmine:routing:support')).toBe(false);
  expect([said.length, ignored()]).toEqual([1, 1]);
  expect(said[0]).toContain(reason);
  expect(current()).toBe(2);
});

it('reports a second view under one sequence, and keeps the first', () => {
  const { said, offer } = table();
  offer(JSON.stringify(view(1, 5)), 'a');
  expect(offer(JSON.stringify(view(1, 50)), 'a')).toBe(false);
  expect(said).toEqual(['a routing view was ignored: it differs from the one in force under the same sequence']);
});

it('a view that somebody can’t use is taken back, and the next one is in force as ever', () => {
  const { said, offer, current, changes, ignored } = table([view(2)]);
  expect(offer(JSON.stringify(view(UNUSABLE)), 'a')).toBe(false);
  expect([current(), ignored(), said]).toEqual([2, 1, ['a routing view was ignored: it can not be used']]);
  expect(offer(JSON.stringify(view(3)), 'a')).toBe(true);
  expect([current(), changes]).toEqual([3, [3]]);
});
