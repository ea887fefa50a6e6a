import { hash, randomBytes } from 'node:crypto';
import { type ApiKey, KEY_PREFIX } from '../../schemas/api-key.ts';

/** The text of a new key. Nothing but whoever gets it keeps it. */
export const newKeyText = (): string => KEY_PREFIX + randomBytes(32).toString('base64url');

/** What is kept of a key: by its hash it is known again. */
export const recordOf = (
  text: string,
  about: Pick<ApiKey, 'name' | 'roles'> & Partial<ApiKey>,
  nowMs: number,
): ApiKey => ({
  id: `key_${randomBytes(6).toString('hex')}`,
  sha256: hash('sha256', text, 'hex'),
  groups: [],
  claims: {},
  agents: ['*'],
  limit: null,
  createdAtMs: nowMs,
  expiresAtMs: null,
  revokedAtMs: null,
  ...about,
});
