import type { Log } from '../../platform/process/log.ts';
import type { Metrics } from '../../platform/process/metrics.ts';

export type AccessEvents = ReturnType<typeof createAccessEvents>;

/** A refusal may quote a whole document. */
const MAX_LOGGED_CHARS = 500;

/** What an operator may see of who asks the API for what. */
export const createAccessEvents = (log: Log, metrics: Metrics) => {
  const turnedAway = metrics.counter('requests_turned_away_total', 'Requests without a key, or not by this one', [
    'status',
  ]);
  const streams = metrics.gauge('event_streams', 'Streams of events that are open');
  const ended = metrics.counter('event_streams_ended_total', 'Streams of events that ended, by why', ['reason']);
  return {
    streamOpened: (open: number): void => streams.set(open),
    /** `slow`: they did not take what was written for them. `refused`: their key or their session is no longer valid. */
    streamEnded: (reason: 'left' | 'slow' | 'refused' | 'stopped', open: number): void => {
      ended.inc({ reason });
      streams.set(open);
    },
    /** `by`: of a key that may not do this; '' where nobody valid asked, which anyone may do as often as they like. */
    turnedAway: (
      { status, message, by }: { status: number; message: string; by: string },
      method: string,
      path: string,
    ): void => {
      turnedAway.inc({ status });
      log[by === '' ? 'debug' : 'warn']({ by, method, path, status }, `a request was turned away: ${message}`);
    },
    /** What somebody asked to be changed, and what came of it: `done`, or why not. */
    commanded: (by: string, path: string, outcome: string): void =>
      log.info({ by, path, outcome: outcome.slice(0, MAX_LOGGED_CHARS) }, 'a change was asked for'),
    anonymousIgnored: (host: string): void =>
      log.warn(
        { host },
        'CONTROLLER_ANONYMOUS_ROLE has no effect: the API listens on more than loopback, so callers need a key',
      ),
  };
};
