import type { ApiKey } from './api-key.ts';

/** A key's record for tests; `letter`, a hex digit, tells them apart. */
export const keyOf = (letter: string, more: Partial<ApiKey> = {}): ApiKey => ({
  id: `key_${letter}`,
  sha256: letter.repeat(64),
  name: `key ${letter}`,
  roles: [],
  groups: [],
  claims: {},
  agents: ['*'],
  limit: null,
  createdAtMs: 1,
  expiresAtMs: null,
  revokedAtMs: null,
  ...more,
});
