import type { EndpointName, RequestAt, ResponseOf, ToldDecision } from '../../../schemas/controller-api.ts';
import type { Decision } from '../../../schemas/decision.ts';
import { sentenceOf } from '../../../schemas/sentence/sentence.ts';
import type { Person } from '../../commands/person.ts';
import type { Answer } from '../../commands/refusal.ts';
import type { Controller } from '../../service.ts';
import { pageOf } from '../page.ts';

/** Who asks, and until when an answer is of use to them. */
export type Caller = { person: Person; signal: AbortSignal };

/** Answers one endpoint. Rejects when the decision log did not settle a step before the signal aborted. */
export type Handler<K extends EndpointName> = (
  controller: Controller,
  request: RequestAt<K>,
  caller: Caller,
) => Promise<Answer<ResponseOf<K>>>;

/** The same answer, its value as the endpoint's response. */
export const inResponse = async <T, R>(answer: Promise<Answer<T>>, response: (value: T) => R): Promise<Answer<R>> => {
  const found = await answer;
  return 'ok' in found ? { ok: response(found.ok) } : found;
};

/** One page of a list, as the endpoint's response. */
export const inPage = <T, R>(
  listed: Parameters<typeof pageOf<T>>[0],
  asked: { limit: number; cursor?: string | undefined },
  response: (entries: T[]) => R,
): Answer<R & { next: string | null }> => {
  const found = pageOf(listed, asked);
  return 'ok' in found ? { ok: { ...response(found.ok.entries), next: found.ok.next } } : found;
};

export const toldDecision = (decision: Decision): ToldDecision => ({ ...decision, sentence: sentenceOf(decision) });

/** The decision that a command led to, with its sentence. */
export const inDecision = (answer: Promise<Answer<Decision>>): Promise<Answer<{ decision: ToldDecision }>> =>
  inResponse(answer, (decision) => ({ decision: toldDecision(decision) }));
