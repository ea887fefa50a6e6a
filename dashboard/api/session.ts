import { signal } from '@preact/signals';
import { refusalOf } from './refused.ts';

/** Null until the first answer tells. */
export const isSignedIn = signal<boolean | null>(null);

let heldKey: string | null = null;

/** Of a controller without sessions the key is held by this script, and gone with it. */
export const authorization = (): Record<string, string> =>
  heldKey === null ? {} : { authorization: `Bearer ${heldKey}` };

/** Exchanges a key for a session, whose cookie no script can read. Rejects with `Refused`. */
export const signIn = async (key: string): Promise<void> => {
  const response = await fetch('/v1/session', { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  if (response.status === 404) heldKey = key;
  else if (!response.ok) throw refusalOf(response.status, await response.text());
  isSignedIn.value = true;
};

export const signOut = async (): Promise<void> => {
  heldKey = null;
  await fetch('/v1/session', { method: 'DELETE', headers: { 'x-coalmine-csrf': '1' } });
  isSignedIn.value = false;
};
