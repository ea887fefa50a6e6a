import type { FeedbackEvent } from '../../schemas/feedback.ts';
import type { OwnEvent } from '../../schemas/own-event.ts';
import { undeclared } from '../../schemas/undeclared.ts';
import { badRequestAt } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';

/** Reported events as they will be recorded, or why they are refused: none is counted that the agent's document does not declare. */
export const readEvents = (
  events: readonly Pick<FeedbackEvent, 'name' | 'value'>[],
  agent: string,
  declared: readonly OwnEvent[],
): { events: FeedbackEvent[] } | { error: ApiError } => {
  const read: FeedbackEvent[] = [];
  for (const [i, { name, value }] of events.entries()) {
    const event = declared.find((one) => one.name === name);
    if (event === undefined) {
      const names = declared.map((one) => one.name);
      return { error: badRequestAt(`events.${i}.name`, undeclared('event', name, agent, names)) };
    }
    const { min, max, perExchange } = event;
    const path = `events.${i}.value`;
    if (value < min || value > max) return { error: badRequestAt(path, `${name} goes from ${min} to ${max}`) };
    read.push({ name, value, perExchange });
    const said = read.filter((one) => one.name === name).length;
    if (said > perExchange) return { error: tooOften(name, perExchange, `events.${i}`) };
  }
  return { events: read };
};

const tooOften = (name: string, perExchange: number, path: string): ApiError =>
  badRequestAt(path, `of one exchange ${name} counts ${perExchange === 1 ? 'once' : `${perExchange} times`}`);
