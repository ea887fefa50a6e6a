import type { Decision } from '../../schemas/decision.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { changeLine, type FieldChange, fieldDiff } from '../documents/field-diff.ts';

/** One step of the log: who took it, and what was so before and is so since. */
export type AuditEntry = Pick<Decision, 'timeMs' | 'by' | 'agent' | 'rollout' | 'sequence' | 'type' | 'reason'> & {
  /** In words: the state and the weights, then all else that changed. */
  what: string;
  changes: FieldChange[];
};

/** What people mean by the routing; the rest of a view follows from it, or counts steps. */
const settingsOf = ({ versions, rules, flags, shadow, shadowTools, http, slices, metrics, events }: RoutingView) => ({
  versions,
  rules,
  flags,
  shadow,
  shadowTools,
  http,
  slices,
  metrics,
  events,
});

const weightsOf = ({ arms }: RoutingView): string =>
  arms.map(({ version, weight }) => `${version} ${weight} %`).join(', ');

const arrow = (before: string | null, after: string | null): string[] =>
  before === after || after === null ? [] : [before === null ? after : `${before} → ${after}`];

const entryOf = (before: Decision | undefined, step: Decision): AuditEntry => {
  const { timeMs, by, agent, rollout, sequence, type, reason, state, routing } = step;
  const changes = before === undefined ? [] : fieldDiff(settingsOf(before.routing), settingsOf(routing));
  const what = [
    ...arrow(before?.rollout === rollout ? before.state : null, state),
    ...arrow(before === undefined ? null : weightsOf(before.routing), weightsOf(routing)),
    ...changes.map(changeLine),
  ].join('; ');
  return { timeMs, by, agent, rollout, sequence, type, reason, what, changes };
};

/** Effective decisions as entries, by their times. The first of each agent has nothing before it. */
export const auditOf = (decisions: readonly Decision[]): AuditEntry[] =>
  [...Map.groupBy(decisions, ({ agent }) => agent).values()]
    .flatMap((steps) =>
      steps.toSorted((a, b) => a.sequence - b.sequence).map((step, i, all) => entryOf(all[i - 1], step)),
    )
    .toSorted((a, b) => a.timeMs - b.timeMs);
