import { createHash } from 'node:crypto';
import serialize from 'canonicalize';
import type { VersionId } from './register.ts';

/** SHA-256, in hex, of the version's content as canonical JSON (RFC 8785): the same content has the same id anywhere. */
export const versionId: VersionId = ({ code, prompt, model, dependencies }) => {
  const text = serialize({ code, prompt, model, dependencies });
  if (text === undefined) throw new RangeError('a version’s content has no canonical JSON');
  return createHash('sha256').update(text).digest('hex');
};
