import { hash } from 'node:crypto';
import { readKeys, type StoredKeys } from '../../platform/redis/key-store.ts';
import { keyFor } from '../controller/access.ts';
import { stateOf } from '../keys/key-table.ts';
import { withRedis } from '../keys/with-redis.ts';
import { spanText } from '../output/moments.ts';
import { clockFinding } from './controller.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('keys');
const SOON_MS = 14 * 86_400_000;

/** Keys that no longer open, or soon won't. `ours` is the hash of the key that this program asks with. */
export const keyFindings = ({ keys, unreadable }: StoredKeys, ours: string | null, nowMs: number): Finding[] => {
  const active = keys.filter((key) => stateOf(key, nowMs) === 'active');
  const expiring = active.filter(({ expiresAtMs }) => expiresAtMs !== null && expiresAtMs < nowMs + SOON_MS);
  const mine = keys.find(({ sha256 }) => sha256 === ours);
  const admins = active.filter(({ roles }) => roles.includes('admin'));
  return [
    ok(`Redis answers, and has ${active.length} of ${keys.length} keys in force`),
    ...(ours !== null && mine === undefined
      ? [
          fail(
            'the key that we ask with is not in Redis',
            'make another: npm run keys -- create --name you --role view',
          ),
        ]
      : []),
    ...(mine !== undefined && stateOf(mine, nowMs) !== 'active'
      ? [fail(`the key that we ask with, ${mine.id} (${mine.name}), is ${stateOf(mine, nowMs)}`, 'make another')]
      : []),
    ...(admins.length === 0
      ? [warn('no key has the role admin', 'nobody can apply an agent: npm run keys -- create --name you --role admin')]
      : []),
    ...expiring.map(({ id, name, expiresAtMs }) =>
      warn(`${id} (${name}) expires in ${spanText((expiresAtMs ?? nowMs) - nowMs)}`, 'make its holder a new one'),
    ),
    ...unreadable.map(({ sha256, reason }) =>
      fail(
        `the record under ${sha256.slice(0, 12)}… can't be read: ${reason}`,
        'somebody else writes to coalmine:keys',
      ),
    ),
  ];
};

export const keysCheck: Check = {
  name: 'keys',
  about: 'whether Redis answers, and which keys expire; its clock',
  run: (url) =>
    withRedis(async (redis) => {
      const key = keyFor(url);
      const [seconds, micros] = await redis.time();
      const clock = clockFinding('Redis', Number(seconds) * 1_000 + Number(micros) / 1_000, Date.now());
      const ours = key === null ? null : hash('sha256', key, 'hex');
      return [...keyFindings(await readKeys(redis), ours, Date.now()), clock];
    }, url),
};
