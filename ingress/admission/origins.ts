import { isOwnOrigin } from '../../schemas/foreign-page.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import { originNotAllowed } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { madeOncePer } from '../policy/policy-in-force.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { AdmissionCall, AdmissionPolicy } from './admission-call.ts';
import { createCors } from './cors.ts';
import type { Cors } from './cors.ts';

const WRONG_ORIGIN: Refusal = {
  error: originNotAllowed('Pages of this origin may not call here. The ingress policy lists those that may.'),
  headers: [],
};

/**
 * Whether no page of another origin can have sent it. Browsers tell the origin with every method but GET and HEAD, and with a
 * handshake; of others they tell whether it is another site (Fetch Metadata), but not which. Programs tell neither.
 */
const isOfOwnPage = ({ headers }: ClientRequest, origin: string | undefined): boolean => {
  if (origin !== undefined) return isOwnOrigin(origin, headers.get('host'));
  const site = headers.get('sec-fetch-site');
  return site === undefined || site === 'same-origin' || site === 'none';
};

/** Answers a preflight by the headers that it gets, or refuses it. */
const admitPreflight = (call: AdmissionCall, cors: Cors): Refusal | null => {
  const answer = cors.preflight(call.client.method, call.client.headers);
  if (answer === null) return null;
  if (answer.error !== null) return { error: answer.error, headers: answer.headers };
  call.headers = answer.headers;
  return null;
};

/**
 * Which origins' pages may call: those of this host itself, and those that the policy names. A browser would keep the answer
 * from any other page, but by then a version was asked and evidence given; a POST of plain text needs no preflight.
 */
export const createOrigins = ({ policy }: { policy: PolicyInForce }): AdmissionPolicy => {
  const cors = madeOncePer(policy.current, ({ spec }) => (spec.cors === null ? null : createCors(spec.cors)));
  return {
    name: 'origins',
    about: 'preflights; pages of other origins (403)',
    needs: 'head',
    admit: (call) => {
      const now = cors();
      if (call.kind === 'preflight') return now === null ? null : admitPreflight(call, now);
      const origin = call.client.headers.get('origin');
      if (call.kind === 'request' && now !== null) call.headers = now.headersFor(origin);
      return isOfOwnPage(call.client, origin) || now?.isAllowed(origin) === true ? null : WRONG_ORIGIN;
    },
  };
};
