import { ApiKey } from '../../schemas/api-key.ts';
import type { Redis } from './redis.ts';

/** Every API key: field = SHA-256 of the key, value = the record as JSON. */
export const KEYS = 'coalmine:keys';
/** Raised by each write; published on the channel of the same name as the hash. */
export const KEYS_REVISION = 'coalmine:keys:revision';
export const KEYS_CHANNEL = 'coalmine:keys';

/** Everything that Redis says of keys. `revision` is null when no write is known of: nobody made a key, or Redis lost it. */
export type StoredKeys = { revision: number | null; keys: ApiKey[]; unreadable: { sha256: string; reason: string }[] };

const WRITE = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local revision = redis.call('INCR', KEYS[2])
redis.call('PUBLISH', ARGV[3], revision)
return revision
`;

const parse = (sha256: string, json: string): ApiKey | string => {
  try {
    const parsed = ApiKey.safeParse(JSON.parse(json));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return `${issue?.path.join('.')}: ${issue?.message}`;
    }
    return parsed.data.sha256 === sha256 ? parsed.data : 'sha256: differs from the field that it stands under';
  } catch {
    return 'it is not JSON';
  }
};

/** Keys and revision as of one moment. Rejects while Redis can't be read. */
export const readKeys = async (redis: Redis): Promise<StoredKeys> => {
  const answers = await redis.multi().get(KEYS_REVISION).hgetall(KEYS).exec();
  const [revision, fields] = (answers ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  }) as [string | null, Record<string, string>];
  const stored: StoredKeys = { revision: revision === null ? null : Number(revision), keys: [], unreadable: [] };
  for (const [sha256, json] of Object.entries(fields)) {
    const key = parse(sha256, json);
    if (typeof key === 'string') stored.unreadable.push({ sha256, reason: key });
    else stored.keys.push(key);
  }
  return stored;
};

export const readRevision = async (redis: Redis): Promise<number | null> => {
  const revision = await redis.get(KEYS_REVISION);
  return revision === null ? null : Number(revision);
};

/** Rejects while Redis can't be reached. */
export const writeKey = async (redis: Redis, key: ApiKey): Promise<void> => {
  await redis.eval(WRITE, 2, KEYS, KEYS_REVISION, key.sha256, JSON.stringify(key), KEYS_CHANNEL);
};

/** The key of this id as it is afterwards, undefined if there is none. A key revoked before keeps its earlier time. */
export const revokeKey = async (redis: Redis, id: string, atMs: number): Promise<ApiKey | undefined> => {
  const found = (await readKeys(redis)).keys.find((key) => key.id === id);
  if (found === undefined || found.revokedAtMs !== null) return found;
  const revoked = { ...found, revokedAtMs: atMs };
  await writeKey(redis, revoked);
  return revoked;
};
