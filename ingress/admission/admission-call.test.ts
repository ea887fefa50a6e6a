import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notPermitted } from '../protocol/error-envelope.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import { AdmissionCall, chainOf } from './admission-call.ts';
import type { AdmissionPolicy } from './admission-call.ts';
import { createWatch } from './admission-watch.harness.ts';

const CLIENT: ClientRequest = {
  method: 'POST',
  path: '/v1/chat/completions',
  query: '',
  headers: new Map(),
  body: Buffer.alloc(0),
  peer: () => '10.0.0.9',
};
const SOMEONE = { subject: 'ann', known: 'ann', isSomeone: true, vouched: true };
const REFUSAL = { error: notPermitted('No.'), headers: [] };

const answers = (what: 'pass' | 'refuse' | 'late pass' | 'late refuse' | 'late fault') => {
  if (what === 'pass' || what === 'refuse') return what === 'pass' ? null : REFUSAL;
  const later = Promise.resolve(what === 'late pass' ? null : REFUSAL);
  return what === 'late fault' ? later.then(() => Promise.reject(new Error('broken'))) : later;
};
const early = fc.record({
  needs: fc.constant('head' as const),
  admit: fc.constantFrom('pass', 'pass', 'pass', 'refuse'),
  reserve: fc.constantFrom('pass', 'pass', 'pass', 'refuse'),
});
const late = fc.record({
  needs: fc.constant('agent' as const),
  admit: fc.constantFrom('pass', 'pass', 'pass', 'refuse'),
  reserve: fc.constantFrom('pass', 'pass', 'pass', 'refuse', 'late pass', 'late pass', 'late refuse', 'late fault'),
});
type Script = { needs: 'head' | 'agent'; admit: string; reserve: string };
const policyOf = ({ needs, admit, reserve }: Script, i: number): AdmissionPolicy => ({
  name: `policy ${i}`,
  about: '',
  needs: needs as 'agent',
  admit: () => answers(admit as 'pass') as null,
  reserve: () => answers(reserve as 'pass'),
});
/** When the call ends, possibly more than once: before it entered, when it has, while it waits, or when it was answered. */
const ENDS = ['entered', 'waiting', 'answered', 'again'] as const;

describe('a call', () => {
  it('is settled once by each policy that reserved, whatever refuses it and whenever it ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(early, late), { maxLength: 6 }),
        fc.subarray([...ENDS], { minLength: 1 }),
        fc.boolean(),
        async (scripts, ends, isTurn) => {
          const watch = createWatch();
          const chain = chainOf(scripts.map((script, i) => watch.watched(policyOf(script, i))));
          const handshake = new AdmissionCall(chain, 'handshake', CLIENT, 'caller');
          const call = isTurn ? handshake.turn() : handshake;
          const end = (when: (typeof ENDS)[number]): void => {
            if (ends.includes(when)) call.settle(when === 'answered' ? 200 : 499);
          };
          const refusal = isTurn ? null : call.enter();
          end('entered');
          const answer = refusal ?? (isTurn ? call.enterTurn() : call.reserve('a', SOMEONE, false, CLIENT));
          end('waiting');
          await answer;
          end('answered');
          end('again');
          call.settle(503);
          await answer;
          watch.expectSettled();
          expect(watch.held()).toBe(0);
        },
      ),
      { seed: 17, numRuns: 3_000 },
    );
  });

  it('asks in the order of the chain, and gives back in the other one', () => {
    const said: string[] = [];
    const say = (what: string): null => {
      said.push(what);
      return null;
    };
    const named = (name: string, needs: 'head' | 'agent'): AdmissionPolicy => ({
      name,
      about: '',
      needs: needs as 'head',
      admit: () => say(`admit ${name}`),
      reserve: () => say(`reserve ${name}`),
      settle: () => void said.push(`settle ${name}`),
    });
    const call = new AdmissionCall(chainOf([named('a', 'agent'), named('b', 'head')]), 'request', CLIENT, 'caller');
    call.enter();
    expect(said.splice(0)).toEqual(['admit a', 'admit b', 'reserve b']);
    void call.reserve('support', SOMEONE, false, CLIENT);
    call.settle(200);
    expect(said).toEqual(['reserve a', 'settle a', 'settle b']);
  });

  it('is refused, and not let pass, by a policy that fails', async () => {
    const broken: AdmissionPolicy = {
      name: 'broken',
      about: '',
      needs: 'agent',
      reserve: () => Promise.reject(new Error('no')),
    };
    const call = new AdmissionCall(chainOf([broken]), 'request', CLIENT, 'caller');
    expect(await call.reserve('support', SOMEONE, false, CLIENT)).toMatchObject({
      error: { status: 503, code: 'admission_failed' },
    });
  });

  it('says how it ended: by its status alone, or as whoever answered told', () => {
    const ends: [number, string][] = [];
    const told: AdmissionPolicy = {
      name: 'told',
      about: '',
      needs: 'head',
      settle: ({ status, outcome }) => void ends.push([status, outcome]),
    };
    for (const status of [200, 404, 499]) {
      const call = new AdmissionCall(chainOf([told]), 'request', CLIENT, 'caller');
      call.enter();
      if (status === 404) call.ended('client_error', 404, null);
      call.settle(status);
    }
    const refused = new AdmissionCall(chainOf([told]), 'request', CLIENT, 'caller');
    refused.enter();
    refused.settle(429);
    expect(ends).toEqual([
      [200, 'ok'],
      [404, 'client_error'],
      [499, 'client_abort'],
      [429, 'refused'],
    ]);
  });
});
