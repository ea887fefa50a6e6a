import { LRUCache } from 'lru-cache';
import { parseFeedback, readFeedback } from '../exchange/feedback.ts';
import type { Append } from '../exchange/journal-record.ts';
import type { Reply } from '../protocol/client-call.ts';
import { unavailable } from '../protocol/error-envelope.ts';
import { upTo } from '../protocol/remembered.ts';
import { JSON_HEADERS, RETRY_AFTER } from './endpoint.ts';
import type { Handle, Refuse } from './endpoint.ts';
import type { RequestRouting } from './request-routing.ts';

export type FeedbackDeps = {
  secret: Buffer;
  append: Append;
  refuse: Refuse;
  routing: RequestRouting;
};

/** Enough to know a client's repeated call again; what came before a restart is known by its id downstream. */
const REMEMBERED = 100_000;
const FULL = unavailable('journal_full', 'Feedback can not be stored just now. Try again later.');

const accept = (reply: Reply, id: string): void =>
  reply.send(202, JSON_HEADERS, JSON.stringify({ id, status: 'accepted' }));

/** `POST /v1/feedback`: admitted as a request to the exchange's agent is, and accepted once it is in the journal. */
export const createFeedback = ({ secret, append, refuse, routing }: FeedbackDeps): Handle => {
  const known = new LRUCache<string, true>(upTo(REMEMBERED));
  return (client, call, reply) => {
    const said = parseFeedback(secret, client.body.toString());
    if ('error' in said) return refuse(reply, said.error);
    const { agent, caller } = said.claims;
    routing.admit(client, call, agent, (admitted) => {
      if (reply.isOver) return;
      if ('error' in admitted) return refuse(reply, admitted.error, admitted.headers);
      const { roles } = call.principal;
      const read = readFeedback(secret, said, { roles, isAsker: admitted.caller === caller }, admitted.view);
      if ('error' in read) return refuse(reply, read.error);
      const { feedbackId } = read.feedback;
      if (known.has(feedbackId)) return accept(reply, feedbackId);
      append({ kind: 'feedback', head: read.feedback }, (written) => {
        if (written !== 'written') return refuse(reply, FULL, RETRY_AFTER);
        known.set(feedbackId, true);
        accept(reply, feedbackId);
      });
    });
  };
};
