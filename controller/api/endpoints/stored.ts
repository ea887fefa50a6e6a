import { noAgent, type Answer, unavailable, unknown } from '../../commands/refusal.ts';
import type { Person } from '../../commands/person.ts';
import type { Controller } from '../../service.ts';
import { NO_CURSOR } from '../page.ts';
import { placeIn } from '../../store/cursor.ts';
import { type Asked, StoreUnavailableError } from '../../store/store-reader.ts';
import { type Handler, toldDecision } from './handler.ts';

/** More decisions than are known are never asked for. */
const ALL_KNOWN = 500;

const answered = async <T>(asking: Promise<T>): Promise<Answer<T>> => {
  try {
    return { ok: await asking };
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return { refusal: unavailable(error.message) };
  }
};

/** Every agent that somebody sees, also those of which no more than versions are known. */
const agentsSeen = (controller: Controller, { sees }: Person): string[] => {
  const known = [...controller.agents().map(({ agent }) => agent), ...controller.registry.agents()];
  return [...new Set(known)].filter(sees);
};

/** A page of what the agents have that somebody sees, or one of them. */
const pageOf = async <Q extends { agent?: string | undefined; cursor?: string | undefined }, T>(
  controller: Controller,
  query: Q,
  person: Person,
  ask: (asked: Asked<Q>) => Promise<T>,
): Promise<Answer<T>> => {
  const seen = agentsSeen(controller, person);
  const { agent, cursor } = query;
  if (agent !== undefined && !seen.includes(agent)) return { refusal: noAgent(agent) };
  const after = cursor === undefined ? null : placeIn(cursor);
  if (cursor !== undefined && after === null) return { refusal: NO_CURSOR };
  return answered(ask({ agents: agent === undefined ? seen : [agent], query, after }));
};

export const listExchanges: Handler<'listExchanges'> = (controller, { query }, { person }) =>
  pageOf(controller, query, person, (asked) => controller.askStore('exchanges', asked));

export const listScores: Handler<'listScores'> = (controller, { query }, { person }) =>
  pageOf(controller, query, person, (asked) => controller.askStore('scores', asked));

export const listShadows: Handler<'listShadows'> = (controller, { query }, { person }) =>
  pageOf(controller, query, person, (asked) => controller.askStore('shadows', asked));

export const listFeedback: Handler<'listFeedback'> = (controller, { query }, { person }) =>
  pageOf(controller, query, person, (asked) => controller.askStore('feedback', asked));

export const listWindows: Handler<'listWindows'> = async (controller, { query }, { person }) => {
  if (!agentsSeen(controller, person).includes(query.agent)) return { refusal: noAgent(query.agent) };
  return answered(controller.askStore('windows', { query }));
};

export const getExchange: Handler<'getExchange'> = async (controller, { params: { id } }, { person }) => {
  const found = await answered(controller.askStore('exchange', { agents: agentsSeen(controller, person), id }));
  if (!('ok' in found)) return found;
  if (found.ok === null) return { refusal: unknown(`there is no exchange ${id.slice(0, 300)} in the store`) };
  const { agent, routingSequence } = found.ok.exchange;
  const inForce = controller.decisions(agent, ALL_KNOWN)?.find(({ sequence }) => sequence === routingSequence);
  return { ok: { ...found.ok, decision: inForce === undefined ? null : toldDecision(inForce) } };
};
