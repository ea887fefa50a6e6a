import type { FastifyInstance, FastifyReply } from 'fastify';
import { isLoopbackHost } from '../../schemas/loopback-host.ts';
import { SESSION_API, SESSION_FOR_MS, type SessionView } from '../../schemas/session-api.ts';
import type { Person } from '../commands/person.ts';
import type { Controller } from '../service.ts';
import { fail } from './answering.io.ts';
import { type Door, KEY, type Known, PERSON, UNTIL_MS } from './door.io.ts';
import type { EventStreams } from './event-streams.io.ts';
import { sessionCookie, sessionIn } from './session-cookie.ts';
import type { Sessions } from './sessions.io.ts';

const NOT_CLOSED = 'you are still signed in: Redis, which has all sessions, is away; try again in a moment';

const toldOf = ({ by, role, agents }: Person, untilMs: number | null): SessionView => ({
  by,
  role,
  agents: [...agents],
  untilMs,
});

type Options = { controller: Controller; sessions: Sessions; streams: EventStreams; door: Door; nowMs: () => number };

/** What a page needs: a cookie in place of its key, and events. */
export const sessionRoutes = (app: FastifyInstance, { controller, sessions, streams, door, nowMs }: Options): void => {
  const { openSession, getSession, closeSession, followEvents } = SESSION_API;

  app.post(openSession.path, { config: { role: openSession.role } }, async (request: Known, reply) => {
    const [person, sha256] = [request[PERSON], request[KEY]];
    if (person === undefined || sha256 === undefined)
      return fail(reply, 'unauthenticated', 'a session is opened with a key, as `authorization: Bearer <key>`');
    const { cookie, untilMs } = await sessions.open(sha256, nowMs());
    return reply
      .header('set-cookie', sessionCookie(cookie, SESSION_FOR_MS / 1_000, isLoopbackHost(request.headers.host)))
      .header('cache-control', 'no-store')
      .send(toldOf(person, untilMs));
  });

  app.get(getSession.path, { config: { role: getSession.role } }, async (request: Known, reply) => {
    const person = request[PERSON];
    if (person === undefined) return fail(reply, 'unauthenticated', 'nobody knows who asks');
    return reply.header('cache-control', 'no-store').send(toldOf(person, request[UNTIL_MS] ?? null));
  });

  app.delete(closeSession.path, { config: { role: closeSession.role } }, async (request: Known, reply) => {
    const cookie = sessionIn(request.headers.cookie);
    let closed: boolean;
    try {
      closed = cookie !== undefined && (await sessions.close(cookie));
    } catch {
      return fail(reply.header('retry-after', '2'), 'unavailable', NOT_CLOSED);
    }
    return reply.header('set-cookie', sessionCookie('', 0, isLoopbackHost(request.headers.host))).send({ closed });
  });

  app.get(
    followEvents.path,
    {
      config: { role: followEvents.role },
      schema: { headers: followEvents.headers },
      // Without a body there would be nobody to tell.
      exposeHeadRoute: false,
    },
    async (request: Known, reply): Promise<FastifyReply> => {
      const person = request[PERSON];
      if (person === undefined) return fail(reply, 'unauthenticated', 'nobody knows who asks');
      const reason = controller.unready();
      if (reason !== null) return fail(reply.header('retry-after', '2'), 'unavailable', reason);
      if (!streams.hasRoom(person.by))
        return fail(reply.header('retry-after', '30'), 'too-many', 'too many streams of events are open; close one');
      const lastEventId = request.headers['last-event-id'];
      void reply.hijack();
      streams.open(reply.raw, person, async () => (await door(request)) === null, lastEventId?.toString());
      return reply;
    },
  );
};
