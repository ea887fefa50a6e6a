import { forbidden, type Refusal } from '../../commands/refusal.ts';
import { type Person, seesAll } from '../../commands/person.ts';
import type { LetterPlace } from '../../pipeline/pipeline.ts';
import { type Group, GROUPS } from '../../../schemas/topics.ts';
import { cursorOf, positionIn } from '../../cursor.ts';
import { NO_CURSOR } from '../page.ts';
import { type Handler, inResponse } from './handler.ts';

/** What is of all agents at once is not for those who see some. */
const notForSome = (person: Person): Refusal | null =>
  seesAll(person) ? null : forbidden('this takes a key for all agents: it is of all of them at once');

const GROUP_NAMES: readonly Group[] = Object.values(GROUPS);

const LETTERS = 'dead-letters';

const placeIn = (cursor: string): LetterPlace | null => {
  const [group, partition, offset] = positionIn(LETTERS, cursor) ?? [];
  const isPlace = [partition, offset].every((number) => Number.isSafeInteger(number));
  return isPlace && GROUP_NAMES.includes(group as Group) ? ({ group, partition, offset } as LetterPlace) : null;
};

export const getLag: Handler<'getLag'> = (controller, { query: { group, partitions } }) =>
  controller.pipeline.lag({ group, isByPartition: partitions });

export const getThroughput: Handler<'getThroughput'> = (controller) => controller.pipeline.throughput();

export const resetOffsets: Handler<'resetOffsets'> = async (controller, { body }, { person }) => {
  const refusal = notForSome(person);
  return refusal === null ? controller.pipeline.reset(body) : { refusal };
};

export const listDeadLetters: Handler<'listDeadLetters'> = async (controller, { query }, { person }) => {
  const refusal = notForSome(person);
  if (refusal !== null) return { refusal };
  const { cursor, ...asked } = query;
  const after = cursor === undefined ? null : placeIn(cursor);
  if (cursor !== undefined && after === null) return { refusal: NO_CURSOR };
  return inResponse(controller.pipeline.letters({ ...asked, after }), ({ deadLetters, last }) => ({
    deadLetters,
    next: last === null ? null : cursorOf(LETTERS, [last.group, last.partition, last.offset]),
  }));
};

export const countDeadLetters: Handler<'countDeadLetters'> = async (controller, _, { person }) => {
  const refusal = notForSome(person);
  return refusal === null ? inResponse(controller.pipeline.waitingLetters(), (groups) => ({ groups })) : { refusal };
};

export const getDeadLetter: Handler<'getDeadLetter'> = async (controller, { params }, { person }) => {
  const refusal = notForSome(person);
  return refusal === null ? controller.pipeline.letter(params.topic, params.partition, params.offset) : { refusal };
};

export const replayDeadLetters: Handler<'replayDeadLetters'> = async (controller, { body }, { person }) => {
  const refusal = notForSome(person);
  return refusal === null ? controller.pipeline.replay(body) : { refusal };
};
