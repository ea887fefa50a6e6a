import { addressOf, type AnswerTo, type Filling, type GetPath, type GivenTo, type PostPath } from './contract.ts';
import { Refused, refusalOf } from './refused.ts';
import { noteLetIn, OWN_SCRIPT } from './session.ts';

const TIMEOUT_MS = 15_000;

const send = async (address: string, request: RequestInit): Promise<unknown> => {
  let response: Response;
  try {
    response = await fetch(address, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Refused(0, 'the controller does not answer');
  }
  const text = await response.text();
  if (response.ok) {
    noteLetIn(true);
    return JSON.parse(text);
  }
  if (response.status === 401) noteLetIn(false);
  throw refusalOf(response.status, text);
};

/** Reads; rejects with `Refused`. */
export const get = async <P extends GetPath>(path: P, given: GivenTo<'GET', P>): Promise<AnswerTo<'GET', P>> =>
  (await send(addressOf(path, given), {})) as AnswerTo<'GET', P>;

/** Changes; rejects with `Refused`. */
export const post = async <P extends PostPath>(path: P, given: GivenTo<'POST', P>): Promise<AnswerTo<'POST', P>> => {
  const { body } = given as Filling;
  return (await send(addressOf(path, given), {
    method: 'POST',
    headers: { ...OWN_SCRIPT, 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  })) as AnswerTo<'POST', P>;
};
