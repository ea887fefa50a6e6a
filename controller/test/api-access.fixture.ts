import { hash } from 'node:crypto';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { ApiKey } from '../../schemas/api-key.ts';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import type { SessionStore, StoredSession } from '../../platform/redis/session-store.ts';
import { createAccessEvents } from '../api/access-events.ts';

/** The text of the key that a person of these tests has; one letter tells them apart. */
const keyText = (name: string): string => `cm_live_${name[0]!.repeat(43)}`;

/** A key of somebody's, in the log as `ann (key_ann)`. */
export const keyFor = (name: string, more: Partial<ApiKey> = {}): ApiKey =>
  keyOf('a', { id: `key_${name}`, name, sha256: hash('sha256', keyText(name), 'hex'), roles: ['admin'], ...more });

export const bearer = (name: string): { authorization: string } => ({ authorization: `Bearer ${keyText(name)}` });

/** Sessions that are kept as Redis keeps them; rejects while it is `away`. */
export const memorySessions = (): SessionStore & { isAway: boolean } => {
  const open = new Map<string, number>();
  const nameOf = ({ keySha256, idSha256 }: StoredSession): string => `${keySha256} ${idSha256}`;
  const reach = async (): Promise<void> => {
    if (store.isAway) throw new Error('Redis is away');
  };
  const store: SessionStore & { isAway: boolean } = {
    isAway: false,
    open: async (session, untilMs) => {
      await reach();
      open.set(nameOf(session), untilMs);
    },
    untilMs: async (session) => {
      await reach();
      return open.get(nameOf(session)) ?? null;
    },
    close: async (session) => {
      await reach();
      return open.delete(nameOf(session));
    },
  };
  return store;
};

/** What an API is served with so that these keys are known; without any, those of two admins, ann and bob. */
export const accessWith = (...keys: ApiKey[]) => {
  const known = keys.length > 0 ? keys : [keyFor('ann'), keyFor('bob')];
  const table = new Map(known.map((key) => [key.sha256, key]));
  const metrics = createMetrics('controller');
  return {
    keys: { find: (sha256: string) => table.get(sha256), healthy: () => true },
    metrics,
    sessionStore: memorySessions(),
    events: createAccessEvents(silentLog, metrics),
    nowMs: () => 1_800_000_000_000,
    host: '127.0.0.1',
    port: 0,
  };
};
