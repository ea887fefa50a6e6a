import { forbidden, invalid, type Refusal } from '../../commands/refusal.ts';
import type { Person } from '../../commands/person.ts';
import type { LetterPlace } from '../../pipeline/pipeline.ts';
import { type Group, GROUPS } from '../../../schemas/topics.ts';
import { type Handler, inResponse } from './handler.ts';

/** No agent has such a name: only who sees all sees it. */
const ALL_AGENTS = '*';

/** What is of all agents at once is not for those who see some. */
const notForSome = ({ sees }: Person): Refusal | null =>
  sees(ALL_AGENTS) ? null : forbidden('this takes a key for all agents: it is of all of them at once');

const GROUP_NAMES: readonly Group[] = Object.values(GROUPS);

const cursorOf = ({ group, partition, offset }: LetterPlace): string =>
  Buffer.from(JSON.stringify([group, partition, offset])).toString('base64url');

const readCursor = (text: string): LetterPlace | null => {
  try {
    const [group, partition, offset] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const isPlace = [partition, offset].every((number) => Number.isSafeInteger(number));
    return isPlace && GROUP_NAMES.includes(group as Group) ? ({ group, partition, offset } as LetterPlace) : null;
  } catch {
    return null;
  }
};

export const getLag: Handler<'getLag'> = (controller, { query: { group, partitions } }) =>
  controller.pipeline.lag({ group, isByPartition: partitions });

export const resetOffsets: Handler<'resetOffsets'> = async (controller, { body }, { person }) => {
  const refusal = notForSome(person);
  return refusal === null ? controller.pipeline.reset(body) : { refusal };
};

export const listDeadLetters: Handler<'listDeadLetters'> = async (controller, { query }, { person }) => {
  const refusal = notForSome(person);
  if (refusal !== null) return { refusal };
  const { cursor, ...asked } = query;
  const after = cursor === undefined ? null : readCursor(cursor);
  if (cursor !== undefined && after === null)
    return { refusal: invalid([{ path: 'cursor', reason: 'give what `next` was, as it was' }]) };
  return inResponse(controller.pipeline.letters({ ...asked, after }), ({ deadLetters, last }) => ({
    deadLetters,
    next: last === null ? null : cursorOf(last),
  }));
};

export const getDeadLetter: Handler<'getDeadLetter'> = async (controller, { params }, { person }) => {
  const refusal = notForSome(person);
  return refusal === null ? controller.pipeline.letter(params.topic, params.partition, params.offset) : { refusal };
};

export const replayDeadLetters: Handler<'replayDeadLetters'> = async (controller, { body }, { person }) => {
  const refusal = notForSome(person);
  return refusal === null ? controller.pipeline.replay(body) : { refusal };
};
