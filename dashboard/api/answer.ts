import { useEffect, useState } from 'preact/hooks';
import { get } from './ask.ts';
import { addressOf, type AnswerTo, type GetPath, type GivenTo } from './contract.ts';
import { changes, noteAnswer } from './live.ts';
import { asRefused, type Refused } from './refused.ts';

/** What an endpoint said last, and why it said nothing newer. */
export type Answer<T> = { value: T | null; refused: Refused | null };

/** Shown at once when somebody comes back to a view, until the newer answer is there. */
const known = new Map<string, unknown>();
const MAX_KNOWN = 50;

const remember = (address: string, value: unknown): void => {
  known.delete(address);
  known.set(address, value);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
};

/** One question at a time; what changes meanwhile is asked for once more behind it. */
const keepAsking = (ask: () => Promise<void>): (() => void) => {
  let [isAsking, isStale, isOver] = [false, false, false];
  const run = async (): Promise<void> => {
    if (isAsking) {
      isStale = true;
      return;
    }
    isAsking = true;
    await ask();
    isAsking = false;
    if (!isStale || isOver) return;
    isStale = false;
    void run();
  };
  const stop = changes.subscribe(() => void run());
  return () => {
    isOver = true;
    stop();
  };
};

/** What the endpoint answers, kept as new as the controller's events make it. */
export const useAnswer = <P extends GetPath>(path: P, given: GivenTo<'GET', P>): Answer<AnswerTo<'GET', P>> => {
  type Value = AnswerTo<'GET', P>;
  const address = addressOf(path, given);
  const [answer, setAnswer] = useState<Answer<Value> & { address: string }>({ address, value: null, refused: null });
  useEffect(() => {
    let isShown = true;
    const set = (change: (before: Answer<Value>) => Answer<Value>): void => {
      if (isShown) setAnswer((before) => ({ address, ...change(before.address === address ? before : NOTHING) }));
    };
    const stop = keepAsking(async () => {
      try {
        const value = await get(path, given);
        noteAnswer(true);
        remember(address, value);
        set(() => ({ value, refused: null }));
      } catch (error) {
        const refused = asRefused(error);
        noteAnswer(refused.status !== 0);
        set(({ value }) => ({ value, refused }));
      }
    });
    return () => {
      isShown = false;
      stop();
    };
  }, [address]);
  if (answer.address === address && answer.value !== null) return answer;
  const value = (known.get(address) as Value | undefined) ?? null;
  return { value, refused: answer.address === address ? answer.refused : null };
};

const NOTHING = { value: null, refused: null };
