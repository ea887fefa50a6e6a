import { signal } from '@preact/signals';
import { refusalOf } from './refused.ts';

/** Null until the first answer tells. */
export const isSignedIn = signal<boolean | null>(null);

/** Says that a request comes from this page's own script, which no page of another origin can. */
export const OWN_SCRIPT = { 'x-coalmine-csrf': '1' };

/** Exchanges a key for a session, whose cookie no script can read. Rejects with `Refused`. */
export const signIn = async (key: string): Promise<void> => {
  const response = await fetch('/v1/session', { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  if (!response.ok) throw refusalOf(response.status, await response.text());
  isSignedIn.value = true;
};

export const signOut = async (): Promise<void> => {
  await fetch('/v1/session', { method: 'DELETE', headers: OWN_SCRIPT });
  isSignedIn.value = false;
};
