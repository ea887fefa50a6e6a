import { notPermitted } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { madeOncePer } from '../policy/policy-in-force.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { AdmissionCall, AdmissionPolicy } from './admission-call.ts';
import { createCors } from './cors.ts';
import type { Cors } from './cors.ts';

const WRONG_ORIGIN: Refusal = {
  error: notPermitted('Pages of this origin may not connect here. The ingress policy lists those that may.'),
  headers: [],
};

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

/** Answers a preflight by the headers that it gets, or refuses it. */
const admitPreflight = (call: AdmissionCall, cors: Cors): Refusal | null => {
  const answer = cors.preflight(call.client.method, call.client.headers);
  if (answer === null) return null;
  if (answer.error !== null) return { error: answer.error, headers: answer.headers };
  call.headers = answer.headers;
  return null;
};

/**
 * Which origins' pages may call. A request is let pass, since the browser keeps the answer from a page that may not have
 * it. A WebSocket is not: browsers open it to any origin and ask nobody. Pages of this host itself may always open one.
 */
export const createOrigins = ({ policy }: { policy: PolicyInForce }): AdmissionPolicy => {
  const cors = madeOncePer(policy.current, ({ spec }) => (spec.cors === null ? null : createCors(spec.cors)));
  return {
    name: 'origins',
    about: 'preflights; pages of other origins that open a WebSocket (403)',
    needs: 'head',
    admit: (call) => {
      const now = cors();
      const origin = call.client.headers.get('origin');
      if (call.kind === 'handshake') {
        const isOurs = origin === undefined || hostOf(origin) === call.client.headers.get('host');
        return isOurs || now?.isAllowed(origin) === true ? null : WRONG_ORIGIN;
      }
      if (now === null) return null;
      if (call.kind === 'preflight') return admitPreflight(call, now);
      call.headers = now.headersFor(origin);
      return null;
    },
  };
};
