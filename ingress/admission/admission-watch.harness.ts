import { expect } from 'vitest';
import type { AdmissionCall, AdmissionPolicy } from './admission-call.ts';
import type { CreatePolicy } from './chain.ts';

type Counts = { reserved: number; settled: number };

/** Who holds what: counts, of each policy and call, how often it reserved and how often it was settled. */
export const createWatch = () => {
  const counts = new Map<string, Map<AdmissionCall, Counts>>();
  const faults: string[] = [];

  const of = (name: string, call: AdmissionCall): Counts => {
    const calls = counts.get(name) ?? new Map<AdmissionCall, Counts>();
    counts.set(name, calls);
    const known = calls.get(call) ?? { reserved: 0, settled: 0 };
    calls.set(call, known);
    return known;
  };
  const reserved = (name: string, call: AdmissionCall): void => {
    if ((of(name, call).reserved += 1) > 1) faults.push(`${name} reserved twice for a ${call.kind}`);
  };
  const settled = (name: string, call: AdmissionCall): void => {
    const known = of(name, call);
    known.settled += 1;
    if (known.settled > known.reserved) faults.push(`${name} settled a ${call.kind} that it does not hold`);
    if (call.status === 0) faults.push(`${name} was not told the status of a ${call.kind}`);
  };
  const all = (): Counts[] => [...counts.values()].flatMap((calls) => [...calls.values()]);

  return {
    /** The same policy, with all that it reserves and settles counted. */
    watched: (policy: AdmissionPolicy): AdmissionPolicy => {
      const { name } = policy;
      const settle = (call: AdmissionCall): void => {
        settled(name, call);
        policy.settle?.(call);
      };
      if (policy.needs === 'head') {
        const reserve = (call: AdmissionCall) => {
          const answer = policy.reserve?.(call) ?? null;
          if (answer === null) reserved(name, call);
          return answer;
        };
        return { ...policy, reserve, settle };
      }
      const noted = <T>(call: AdmissionCall, answer: T): T => {
        if (answer === null) reserved(name, call);
        return answer;
      };
      const reserve = (call: AdmissionCall) => {
        const answer = policy.reserve?.(call) ?? null;
        return answer instanceof Promise ? answer.then((late) => noted(call, late)) : noted(call, answer);
      };
      return { ...policy, reserve, settle };
    },
    /** Calls that some policy still holds. */
    held: (): number => all().filter(({ reserved: taken, settled: given }) => taken > given).length,
    reserved: (): number => all().reduce((sum, { reserved: taken }) => sum + taken, 0),
    /** Kinds and outcomes of the calls that this policy was told of. */
    endings: (name: string): string[] =>
      [...(counts.get(name)?.keys() ?? [])].map(({ kind, outcome }) => `${kind} ${outcome}`),
    expectSettled: (): void => {
      expect(faults).toEqual([]);
      for (const { reserved: taken, settled: given } of all()) expect(given).toBe(taken);
    },
  };
};

export type Watch = ReturnType<typeof createWatch>;

/** The chain with every policy watched. */
export const watchedChain = (watch: Watch, chain: readonly CreatePolicy[]): CreatePolicy[] =>
  chain.map((create) => (deps) => watch.watched(create(deps)));
