import { gateWord } from '../../../schemas/gate-document.ts';
import { type AlertKind, factOf, subjectOf } from '../alert-kind.ts';

/** A version whose gate failed and that nobody has tried again since is given up on after this. */
const FORGOTTEN_AFTER_MS = 7 * 86_400_000;

export const gateFailed: AlertKind = {
  severity: 'warning',
  title: (fact) => `Gate failed: ${subjectOf(fact)}`,
  about: {
    when: 'the latest eval gate of an agent failed',
    over: 'a later gate of that agent passes or fails another version, or a week has gone by',
  },
  standing: ({ agents, nowMs }) =>
    agents.flatMap(({ state }) => {
      const [latest] = [...state.reports.gates.values()].sort((a, b) => b.timeMs - a.timeMs);
      if (latest === undefined || latest.timeMs < nowMs - FORGOTTEN_AFTER_MS) return [];
      const { spec } = latest.document;
      if (gateWord(spec) !== 'fail') return [];
      const fact = factOf({
        key: `gate-failed|${state.agent}|${spec.version}`,
        event: 'gate-failed',
        severity: 'warning',
        agent: state.agent,
        version: spec.version,
        sinceMs: latest.timeMs,
        summary: spec.summary === '' ? `the gate of ${spec.version} failed over ${spec.cases} cases` : spec.summary,
        n: spec.cases,
      });
      return [fact];
    }),
};
