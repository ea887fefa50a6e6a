import { LRUCache } from 'lru-cache';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { mayScore } from '../admission/authenticate.ts';
import { readFeedback } from '../exchange/feedback.ts';
import type { Append } from '../exchange/journal-record.ts';
import type { Reply } from '../protocol/client-call.ts';
import { unavailable } from '../protocol/error-envelope.ts';
import { JSON_HEADERS, RETRY_AFTER } from './endpoint.ts';
import type { Handle, Refuse } from './endpoint.ts';

export type FeedbackDeps = {
  secret: Buffer;
  append: Append;
  refuse: Refuse;
  views: ReadonlyMap<string, RoutingView>;
};

/**
 * Enough to know a client's repeated call again; what came before a restart is known by its id downstream. As a size, since
 * room for a number of entries would be taken at once.
 */
const REMEMBERED = { maxSize: 100_000, sizeCalculation: () => 1 };
const FULL = unavailable('journal_full', 'Feedback can not be stored just now. Try again later.');

const accept = (reply: Reply, id: string): void =>
  reply.send(202, JSON_HEADERS, JSON.stringify({ id, status: 'accepted' }));

/** `POST /v1/feedback`: accepted once it is in the journal. */
export const createFeedback = ({ secret, append, refuse, views }: FeedbackDeps): Handle => {
  const known = new LRUCache<string, true>(REMEMBERED);
  const metricsOf = (agent: string) => views.get(agent)?.metrics;
  return (client, { principal }, reply) => {
    const scoring = { mayScore: (agent: string) => mayScore(principal, agent), metricsOf };
    const read = readFeedback(secret, client.body.toString(), scoring);
    if ('error' in read) return refuse(reply, read.error);
    const { feedbackId } = read.feedback;
    if (known.has(feedbackId)) return accept(reply, feedbackId);
    append({ kind: 'feedback', head: read.feedback }, (written) => {
      if (written !== 'written') return refuse(reply, FULL, RETRY_AFTER);
      known.set(feedbackId, true);
      accept(reply, feedbackId);
    });
  };
};
