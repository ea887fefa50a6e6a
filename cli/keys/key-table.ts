import type { ApiKey } from '../../schemas/api-key.ts';
import { tableLines } from '../output/table.ts';

export const stateOf = (key: ApiKey, nowMs: number): 'active' | 'expired' | 'revoked' => {
  if (key.revokedAtMs !== null) return 'revoked';
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'active';
};

const day = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString().slice(0, 10));
const words = (list: readonly string[]): string => list.join(',') || '-';

/** The keys as lines of a table, the oldest first. */
export const keyTable = (keys: readonly ApiKey[], nowMs: number): string[] => {
  const rows = keys
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))
    .map((key) => [
      key.id,
      key.name,
      stateOf(key, nowMs),
      words(key.agents),
      words(key.roles),
      words(key.groups),
      key.limit === null ? '-' : `${key.limit.requests}/${key.limit.per / 1000}s:${key.limit.burst}`,
      day(key.createdAtMs),
      day(key.expiresAtMs),
    ]);
  return tableLines(['ID', 'NAME', 'STATE', 'AGENTS', 'ROLES', 'GROUPS', 'LIMIT', 'CREATED', 'EXPIRES'], rows);
};
