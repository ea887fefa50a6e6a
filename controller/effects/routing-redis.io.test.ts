import { expect, it } from 'vitest';
import type { Redis } from '../../platform/redis/redis.ts';
import { RoutingView } from '../../schemas/routing-view.ts';
import { registered } from '../test/play.fixture.ts';
import { createRoutingStore } from './routing-redis.io.ts';

it('a view that an older controller wrote, without the fields it did not know, is no alarm; another one is', async () => {
  const view = RoutingView.parse(registered().state.routing);
  const { judging: _, shadowTools: __, ...older } = { ...view, shadowTools: 'pass' as const };
  const json = JSON.stringify({ ...view, shadowTools: 'pass' });
  const storeWith = (stored: string) =>
    createRoutingStore({ eval: async () => -2, get: async () => stored } as unknown as Redis);
  expect(await storeWith(JSON.stringify(older))('support', 1, json)).toBe('same');
  expect(await storeWith(JSON.stringify({ ...older, salt: 'else' }))('support', 1, json)).toBe('conflict');
  expect(await storeWith('no view')('support', 1, json)).toBe('conflict');
});
