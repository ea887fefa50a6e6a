import { signal } from '@preact/signals';
import type { SessionView } from '../../schemas/session-api.ts';
import { refusalOf } from './refused.ts';

/** Null until the first answer tells. */
export const isSignedIn = signal<boolean | null>(null);
/** Who that is, and what they may do; null until it is known. */
export const who = signal<SessionView | null>(null);

/** Says that a request comes from this page's own script, which no page of another origin can. */
export const OWN_SCRIPT = { 'x-coalmine-csrf': '1' };

let isLearning = false;
/** Asks who it is, where nobody knows. What fails is asked again with the next answer. */
const learnWho = async (): Promise<void> => {
  if (isLearning || who.value !== null) return;
  isLearning = true;
  try {
    const response = await fetch('/v1/session');
    if (response.ok) who.value = (await response.json()) as SessionView;
  } catch {
    // The controller is away, which the view says that asked.
  }
  isLearning = false;
};

/** Of every answer: whether the controller lets whoever sits here in. */
export const noteLetIn = (isIn: boolean): void => {
  isSignedIn.value = isIn;
  if (isIn) void learnWho();
  else who.value = null;
};

/** Exchanges a key for a session, whose cookie no script can read. Rejects with `Refused`. */
export const signIn = async (key: string): Promise<void> => {
  const response = await fetch('/v1/session', { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  if (!response.ok) throw refusalOf(response.status, await response.text());
  who.value = (await response.json()) as SessionView;
  noteLetIn(true);
};

/** Ends the session, at every controller. Rejects with `Refused`, and then it goes on. */
export const signOut = async (): Promise<void> => {
  const response = await fetch('/v1/session', { method: 'DELETE', headers: OWN_SCRIPT });
  if (!response.ok && response.status !== 401) throw refusalOf(response.status, await response.text());
  noteLetIn(false);
};
