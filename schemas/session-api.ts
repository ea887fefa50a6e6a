import { z } from 'zod';
import { CONTROLLER_ROLES } from './controller-role.ts';
import type { Endpoint } from './endpoint.ts';
import { EpochMs } from './envelope.ts';

/** The cookie of a page that signed in. */
export const SESSION_COOKIE = 'coalmine_session';
/** What a request that changes anything says where a cookie says who asks: no page of another site can. */
export const CSRF_HEADER = 'x-coalmine-csrf';
export const SESSION_FOR_MS = 12 * 3_600_000;

/** Each agent's latest sequence that was told: `support#12,other#3`. */
export const EventPosition = z
  .string()
  .max(10_000)
  .regex(/^([A-Za-z0-9._-]{1,63}#\d{1,15}(,|$))*$/, 'no id of an event');

/** Who asks, and what they may do. */
export const SessionView = z.object({
  /** As the log has it. */
  by: z.string(),
  role: z.enum(CONTROLLER_ROLES),
  /** Those that they see; `*` is every one. */
  agents: z.array(z.string()),
  /** When the session ends; null where a key was sent, or none is needed. */
  untilMs: EpochMs.nullable(),
});
export type SessionView = z.infer<typeof SessionView>;

/** What a page in a browser needs beside the rest: a way to sign in, and to hear what happens. */
export const SESSION_API = {
  openSession: {
    role: 'view',
    method: 'POST',
    path: '/v1/session',
    does: 'for pages: with a key, answers a cookie that stands for it for at most 12 hours, at every controller, and no longer than the key is valid; with it, who that is and what they may do. A request by cookie that changes anything needs the header `x-coalmine-csrf: 1` and must come from this origin',
    response: SessionView,
  },
  getSession: {
    role: 'view',
    method: 'GET',
    path: '/v1/session',
    does: 'who asks, with which role and for which agents (`*` is every one), by the cookie or by a key, and when the session ends (null without one)',
    response: SessionView,
  },
  closeSession: {
    role: 'view',
    method: 'DELETE',
    path: '/v1/session',
    does: 'the cookie stands for nobody any more, at no controller. 503 while Redis is away: then it still does',
    response: z.object({ closed: z.boolean() }),
  },
  followEvents: {
    role: 'view',
    method: 'GET',
    path: '/v1/events',
    does: 'server-sent events: `decision` (each effective one, with its sentence), and `agent` and `rollout` (the view of each agent and of its latest rollout: all at first, then those that changed, at most once a second). The `id` of a decision says how far each agent was told; with it as `Last-Event-ID` a stream goes on behind it. `missed` says that more than the latest 500 decisions of an agent came meanwhile. A comment each 15 s. At most 100 streams, 10 a key (429); who reads too slowly is dropped',
    headers: z.looseObject({ 'last-event-id': EventPosition.optional() }),
    isStream: true,
    response: z.object({}),
  },
} as const satisfies Record<string, Endpoint>;
