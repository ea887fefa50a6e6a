import { type AlertKind, subjectOf } from '../alert-kind.ts';

export const regression: AlertKind = {
  severity: 'critical',
  title: (fact) => `Worse in service: ${subjectOf(fact)}`,
  about: {
    when: 'the version in service got worse than its own recent past, though nothing was released',
    over: 'it is as good again, or another version is in service',
  },
};
