import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { withEither } from './either-signal.ts';

it.each([0, 1])('aborts with signal %i of two', async (which) => {
  const both = [new AbortController(), new AbortController()];
  const seen = await withEither(
    both.map(({ signal }) => signal),
    async (signal) => {
      const before = signal.aborted;
      both[which]!.abort();
      return [before, signal.aborted];
    },
  );
  expect(seen).toEqual([false, true]);
});

it('is aborted from the start if one is', async () => {
  const { signal } = new AbortController();
  expect(await withEither([signal, AbortSignal.abort()], async (either) => either.aborted)).toBe(true);
});

it('leaves nothing with a signal that lives on, however what was run ends', async () => {
  const { signal } = new AbortController();
  await withEither([signal], async () => 1);
  await expect(withEither([signal], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
