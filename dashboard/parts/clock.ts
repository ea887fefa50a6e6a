import { signal } from '@preact/signals';

/** The reader's time, for what says how long ago something was. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 5_000);
