import { didYouMean } from '../../schemas/did-you-mean.ts';
import type { FeedbackEvent } from '../../schemas/feedback.ts';
import type { OwnEvent } from '../../schemas/own-event.ts';
import { badRequest } from '../protocol/error-envelope.ts';
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
    if (event === undefined) return { error: unknownEvent(name, agent, declared, `events.${i}.name`) };
    const { min, max, perExchange } = event;
    const path = `events.${i}.value`;
    if (value < min || value > max) return { error: badRequest(`${path}: ${name} goes from ${min} to ${max}.`, path) };
    read.push({ name, value, perExchange });
    const said = read.filter((one) => one.name === name).length;
    if (said > perExchange) return { error: tooOften(name, perExchange, `events.${i}`) };
  }
  return { events: read };
};

const unknownEvent = (name: string, agent: string, declared: readonly OwnEvent[], path: string): ApiError => {
  const names = declared.map((event) => event.name);
  const known = names.length === 0 ? 'declares no events' : `declares ${names.join(', ')}`;
  return badRequest(
    `${path}: agent ${agent} has no event ${name}${didYouMean(name, names)} Its document ${known}.`,
    path,
  );
};

const tooOften = (name: string, perExchange: number, path: string): ApiError =>
  badRequest(`${path}: of one exchange ${name} counts ${perExchange === 1 ? 'once' : `${perExchange} times`}.`, path);
