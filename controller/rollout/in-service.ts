import type { Decision } from '../../schemas/decision.ts';
import type { Regression } from '../../schemas/regression.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { STABLE_ARM } from '../../schemas/documents.ts';

/** A regression that is not over yet, its evidence, and the end of the slot that proved it. */
type OpenRegression = { fact: Regression; atMs: number } & Pick<Decision, 'logE' | 'logThreshold'>;

/** The version in service, and what the log says of how it does. */
export type InService = {
  version: string;
  /** Of the decision that put it there. */
  sequence: number;
  open: readonly OpenRegression[];
  /** By version and metric: through when windows have been judged in the log. What they prove before that is settled. */
  judgedThroughMs: ReadonlyMap<string, number>;
};

export const nobodyInService = (): InService => ({ version: '', sequence: 0, open: [], judgedThroughMs: new Map() });

export const stableVersionOf = ({ arms }: RoutingView): string =>
  arms.find(({ name }) => name === STABLE_ARM)?.version ?? '';

/** While a rollout is under way its stable version is in service. What is open of a version ends when it goes. */
export const nextInService = (before: InService, decision: Decision): InService => {
  const version = stableVersionOf(decision.routing) || before.version;
  const moved: InService =
    version === before.version ? before : { ...before, version, sequence: decision.sequence, open: [] };
  const { regression: fact, type, windowsThroughMs: atMs, logE, logThreshold } = decision;
  if (fact === null || (type !== 'regression' && type !== 'recovery')) return moved;
  const others = moved.open.filter((one) => one.fact.metric !== fact.metric);
  return {
    ...moved,
    open: type === 'regression' && fact.version === version ? [...others, { fact, atMs, logE, logThreshold }] : others,
    judgedThroughMs: new Map(moved.judgedThroughMs).set(judgedKey(fact.version, fact.metric), atMs),
  };
};

const judgedKey = (version: string, metric: string): string => `${version}|${metric}`;

export const judgedThroughMs = ({ judgedThroughMs: through }: InService, version: string, metric: string): number =>
  through.get(judgedKey(version, metric)) ?? 0;
