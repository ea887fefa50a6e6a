import { signal } from '@preact/signals';
import { isSignedIn } from './session.ts';

/** `polling`: the stream of events is not open, and what is shown is asked for again and again. */
export type Connection = 'connecting' | 'live' | 'polling' | 'lost';

export const connection = signal<Connection>('connecting');
/** Counts what has changed at the controller; who shows something asks anew whenever it grows. */
export const changes = signal(0);

const AT_MOST_EVERY_MS = 500;
const POLL_EVERY_MS = 3_000;
const OPEN_AGAIN_MS = 4_000;

let isDue = false;
/** What comes at once is answered once. */
export const noteChange = (): void => {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    changes.value += 1;
  }, AT_MOST_EVERY_MS);
};

/** Requests may fail while the stream lives on, and the other way round. */
let isStreamOpen = false;

/** Of every answer: whether the controller gave one. */
export const noteAnswer = (isThere: boolean): void => {
  const there = isStreamOpen ? 'live' : 'polling';
  connection.value = isThere ? there : 'lost';
};

/** Every kind of event that the stream has; each says no more than that something changed. */
const KINDS = ['decision', 'rollout', 'agent', 'missed'] as const;

/** Opens the stream of events for whoever is signed in, and opens it again where it was refused; a broken one the browser opens again. */
const openStream = (): (() => void) => {
  let again: ReturnType<typeof setTimeout> | undefined;
  const source = new EventSource('/v1/events');
  source.addEventListener('open', () => {
    isStreamOpen = true;
    connection.value = 'live';
    noteChange();
  });
  for (const kind of KINDS) source.addEventListener(kind, noteChange);
  let reopened = (): void => {};
  source.addEventListener('error', () => {
    isStreamOpen = false;
    if (connection.value === 'live') connection.value = 'polling';
    if (source.readyState === EventSource.CLOSED && again === undefined)
      again = setTimeout(() => {
        reopened = openStream();
      }, OPEN_AGAIN_MS);
    noteChange();
  });
  return () => {
    clearTimeout(again);
    source.close();
    isStreamOpen = false;
    reopened();
  };
};

/** Follows the controller's events while somebody is signed in; while they do not come, asks again and again. */
export const follow = (): void => {
  let close = (): void => {};
  isSignedIn.subscribe((isIn) => {
    close();
    close = isIn === true ? openStream() : () => {};
  });
  setInterval(() => {
    if (connection.value !== 'live') noteChange();
  }, POLL_EVERY_MS);
};
