import { asSentence, capitalized } from '../../../schemas/sentence/figures.ts';
import { regressionText } from '../../../schemas/sentence/regression.ts';
import { type AlertKind, factOf, subjectOf } from '../alert-kind.ts';

export const regression: AlertKind = {
  severity: 'critical',
  title: (fact) => `Worse in service: ${subjectOf(fact)}`,
  about: {
    when: 'the version in service got worse than its own recent past, though nothing was released',
    over: 'it is as good again, or another version is in service',
  },
  standing: ({ agents }) =>
    agents.flatMap(({ state: { agent, inService } }) =>
      inService.open.map(({ fact, logE, logThreshold }) => {
        const { version, metric, slice, sinceMs, before: threshold, after: value, count: n } = fact;
        return factOf({
          key: ['regression', agent, version, metric, slice, sinceMs].join('|'),
          event: 'regression',
          severity: 'critical',
          agent,
          sinceMs,
          summary: asSentence(capitalized(regressionText('regression', fact))),
          version,
          metric,
          slice,
          value,
          threshold,
          n,
          logE,
          logThreshold,
        });
      }),
    ),
};
