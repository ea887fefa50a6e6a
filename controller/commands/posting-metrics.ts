import type { Clock } from '../../platform/process/clock.ts';
import type { RequestAt, ResponseOf } from '../../schemas/controller-api.ts';
import type { Issue } from '../../schemas/problem.ts';
import type { GaugeValue } from '../../schemas/gauge.ts';
import type { PostedValue } from '../../schemas/watching-api.ts';
import type { FollowedGauges } from '../follow-gauges.ts';
import type { Ledger } from '../ledger.ts';
import type { Person } from './person.ts';
import { type Answer, invalid, noAgent } from './refusal.ts';
import { STARTING } from './registering-versions.ts';

/** Clocks differ a little; what is further ahead would stand before all that comes. */
const AHEAD_MS = 300_000;
/** What is older is of no use to anybody. */
const BEHIND_MS = 3_600_000;

export type PostingMetrics = {
  postMetrics(
    body: RequestAt<'postMetrics'>['body'],
    person: Person,
    signal: AbortSignal,
  ): Promise<Answer<ResponseOf<'postMetrics'>>>;
};

export const createPostingMetrics = ({
  ledger,
  gauges,
  clock,
}: {
  ledger: Pick<Ledger, 'agents' | 'isRead'>;
  gauges: Pick<FollowedGauges, 'write'>;
  clock: Clock;
}): PostingMetrics => {
  const issuesOf = ({ agent, version, timeMs }: PostedValue, i: number, nowMs: number): Issue[] => {
    const labels = ledger.agents.get(agent)?.routing?.versions.map(({ label }) => label) ?? [];
    return [
      ...(version === undefined || labels.includes(version)
        ? []
        : [{ path: `values.${i}.version`, reason: `agent ${agent} has no version ${version}` }]),
      ...(timeMs !== undefined && timeMs > nowMs + AHEAD_MS
        ? [{ path: `values.${i}.timeMs`, reason: 'is more than five minutes ahead' }]
        : []),
      ...(timeMs !== undefined && timeMs < nowMs - BEHIND_MS
        ? [{ path: `values.${i}.timeMs`, reason: 'is more than an hour ago' }]
        : []),
    ];
  };

  return {
    postMetrics: async ({ values }, { by, sees }, signal) => {
      if (!ledger.isRead()) return { refusal: STARTING };
      const stranger = values.find(({ agent }) => !sees(agent) || !ledger.agents.has(agent));
      if (stranger !== undefined) return { refusal: noAgent(stranger.agent) };
      const nowMs = clock.nowMs();
      const issues = values.flatMap((value, i) => issuesOf(value, i, nowMs));
      if (issues.length > 0) return { refusal: invalid(issues) };
      const records = values.map(({ agent, version = '', metric: gauge, value, unit, timeMs = nowMs }): GaugeValue => ({
        agent,
        version,
        gauge,
        value,
        unit,
        by,
        timeMs,
        problem: null,
      }));
      for (const [, ofAgent] of Map.groupBy(records, ({ agent }) => agent)) await gauges.write(ofAgent, signal);
      return { ok: { taken: records.length } };
    },
  };
};
