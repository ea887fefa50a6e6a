import type { Redis } from './redis.ts';

const MAX_OF_A_KEY = 20;

/** A page's session. What its cookie says is kept as a hash alone. */
export type StoredSession = {
  /** Of the key that it stands for, lower-case hex. */
  keySha256: string;
  idSha256: string;
};

export type SessionStore = {
  /** Until `untilMs`, `forMs` from now. A key has twenty: the one that ends first goes. Rejects while Redis is away. */
  open(session: StoredSession, untilMs: number, forMs: number): Promise<void>;
  /** Until when; null for one that was never opened, or is closed. Rejects while Redis is away. */
  untilMs(session: StoredSession): Promise<number | null>;
  /** Whether it was open. Rejects while Redis is away. */
  close(session: StoredSession): Promise<boolean>;
};

const nameOf = ({ keySha256 }: StoredSession): string => `coalmine:sessions:${keySha256}`;

/** Sessions in Redis, a sorted set for each key by their ends, so that all controllers know them and a restart ends none. */
export const createSessionStore = (redis: Redis): SessionStore => ({
  open: async (session, untilMs, forMs) => {
    const name = nameOf(session);
    const answers = await redis
      .multi()
      .zadd(name, untilMs, session.idSha256)
      .zremrangebyrank(name, 0, -MAX_OF_A_KEY - 1)
      .pexpire(name, forMs)
      .exec();
    for (const [error] of answers ?? []) if (error) throw error;
  },
  untilMs: async (session) => {
    const untilMs = await redis.zscore(nameOf(session), session.idSha256);
    return untilMs === null ? null : Number(untilMs);
  },
  close: async (session) => (await redis.zrem(nameOf(session), session.idSha256)) === 1,
});
