import { MAX_ENTRY_BYTES } from '../../schemas/registry-kinds.ts';

/** Why a value is no entry's document; null if it may be. */
export const whyTooLarge = (value: object): string | null => {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes <= MAX_ENTRY_BYTES ? null : `it has ${bytes} bytes as JSON; ${MAX_ENTRY_BYTES} are allowed`;
};
