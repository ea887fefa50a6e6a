import { expect, it } from 'vitest';
import { createRunAgain } from './run-again.ts';

/** Work that goes on when told, and how often it began by key. */
const steppedWork = (isStopped: () => boolean = () => false) => {
  const began: string[] = [];
  const waiting: (() => void)[] = [];
  const work = createRunAgain((key: string) => {
    began.push(key);
    return new Promise<void>((resolve) => waiting.push(resolve));
  }, isStopped);
  const step = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { work, began, step };
};

it('what is asked for while it runs runs once more afterwards, however often it was asked for', async () => {
  const { work, began, step } = steppedWork();
  for (let i = 0; i < 3; i++) work.ask('a');
  expect(began).toEqual(['a']);
  await step();
  expect(began).toEqual(['a', 'a']);
  await step();
  await work.idle();
  expect(began).toEqual(['a', 'a']);
  work.ask('a');
  expect(began).toHaveLength(3);
});

it('keys do not wait for each other, and whoever waits for idle waits for all', async () => {
  const { work, began, step } = steppedWork();
  work.ask('a');
  work.ask('b');
  expect(began).toEqual(['a', 'b']);
  let isIdle = false;
  const idle = work.idle().then(() => (isIdle = true));
  await step();
  expect(isIdle).toBe(false);
  await step();
  await idle;
});

it('once stopped, nothing is run again', async () => {
  let isStopped = false;
  const { work, began, step } = steppedWork(() => isStopped);
  work.ask('a');
  work.ask('a');
  isStopped = true;
  await step();
  await work.idle();
  expect(began).toEqual(['a']);
});
