import { InvalidArgumentError } from 'commander';
import { Duration } from '../schemas/duration.ts';
import type { ApiKey } from '../schemas/api-key.ts';
import { Limit } from '../schemas/ingress-policy.ts';
import { Name } from '../schemas/routing-view.ts';

/** Values of options that may be given several times. */
export const collected = (text: string, before: readonly string[]): string[] => {
  if (text.trim() === '') throw new InvalidArgumentError('give a word');
  return [...before, text];
};

export const agents = (text: string, before: readonly string[]): string[] => {
  if (text !== '*' && !Name.safeParse(text).success) throw new InvalidArgumentError("give an agent's name, or '*'");
  return [...before, text];
};

export const claims = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('give name=value');
  return { ...before, [name]: value };
};

/** Milliseconds. */
export const duration = (text: string): number => {
  const parsed = Duration.safeParse(text);
  if (!parsed.success || parsed.data === 0) throw new InvalidArgumentError('give a duration like 90d or 12h');
  return parsed.data;
};

/** `100/1m`, or `100/1m:20` with a burst of 20. */
export const limit = (text: string): Limit => {
  const [, requests, per, burst] = /^(\d+)\/([^:]+)(?::(\d+))?$/.exec(text) ?? [];
  const given = { requests: Number(requests), per, ...(burst === undefined ? {} : { burst: Number(burst) }) };
  const parsed = Limit.safeParse(given);
  if (!parsed.success || parsed.data.per === 0)
    throw new InvalidArgumentError('give requests/duration, like 100/1m, and a burst if you like: 100/1m:20');
  return parsed.data;
};

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
  const table = [['ID', 'NAME', 'STATE', 'AGENTS', 'ROLES', 'GROUPS', 'LIMIT', 'CREATED', 'EXPIRES'], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
};
