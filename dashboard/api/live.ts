import { signal } from '@preact/signals';

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

/** Of every answer: whether the controller gave one. */
export const noteAnswer = (isThere: boolean): void => {
  if (!isThere) connection.value = 'lost';
  else if (connection.value === 'lost' || connection.value === 'connecting') connection.value = 'polling';
};

/** Every kind of event that the stream has; each says no more than that something changed. */
const KINDS = ['decision', 'rollout', 'agent', 'missed'] as const;

/** Follows the controller's events until stopped. The browser opens a stream that broke by itself, unless it was refused. */
export const follow = (): (() => void) => {
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource('/v1/events');
    source.addEventListener('open', () => {
      connection.value = 'live';
      noteChange();
    });
    for (const kind of KINDS) source.addEventListener(kind, noteChange);
    source.addEventListener('error', () => {
      if (connection.value === 'live') connection.value = 'polling';
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, OPEN_AGAIN_MS);
      noteChange();
    });
  };
  open();
  const polling = setInterval(() => {
    if (connection.value !== 'live') noteChange();
  }, POLL_EVERY_MS);
  return () => {
    clearTimeout(again);
    clearInterval(polling);
    source?.close();
  };
};
