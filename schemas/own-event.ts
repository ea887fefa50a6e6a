import { z } from 'zod';
import { FeedbackEvent, MAX_EVENTS } from './feedback.ts';

/**
 * An event that clients may report of an agent's exchanges, as the routing view has it: its values go from `min` to `max`, and of one
 * exchange at most `perExchange` of them count.
 */
export const OwnEvent = z
  .object({ name: z.string(), min: z.number(), max: z.number(), perExchange: z.number() })
  .meta({ id: 'OwnEvent' });
export type OwnEvent = z.infer<typeof OwnEvent>;

/** The same where each field has the bound of what clients may report. */
export const BoundedEvent = OwnEvent.extend({
  name: FeedbackEvent.shape.name,
  min: FeedbackEvent.shape.value,
  max: FeedbackEvent.shape.value,
  perExchange: z.int().min(1).max(MAX_EVENTS),
});

/** The same as an agent's document declares it. What says nothing else is a conversion: it happened once or not at all. */
const DeclaredEvent = z
  .strictObject({
    name: BoundedEvent.shape.name,
    min: BoundedEvent.shape.min.default(0),
    max: BoundedEvent.shape.max.default(1),
    perExchange: BoundedEvent.shape.perExchange.default(1),
  })
  .refine(({ min, max }) => min < max, { path: ['max'], message: 'must be above min' });

/** So many rows an arm has at most for its events (analyzer/folds/open-windows.ts). */
export const MAX_DECLARED_EVENTS = 20;

export const DeclaredEvents = z
  .array(DeclaredEvent)
  .max(MAX_DECLARED_EVENTS)
  .refine((events) => new Set(events.map(({ name }) => name)).size === events.length, 'has two events of one name')
  .default([]);
