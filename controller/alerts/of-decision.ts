import type { AlertEvent, AlertFact, Severity } from '../../schemas/alert.ts';
import type { Decision, DecisionType } from '../../schemas/decision.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { type AlertKind, factOf, figuresOf, subjectOf } from './alert-kind.ts';

type OfDecision = { event: AlertEvent; type: DecisionType; severity: Severity; word: string; when: string };

const factOfDecision = (decision: Decision, { event, severity }: OfDecision): AlertFact =>
  factOf({
    key: `${event}|${decision.agent}#${decision.sequence}`,
    event,
    severity,
    agent: decision.agent,
    sinceMs: decision.timeMs,
    summary: sentenceOf(decision),
    by: decision.by,
    ...figuresOf(decision),
  });

/** A kind that is one type of decision: it happens, and is never over. */
export const kindOfDecision = (kind: OfDecision): AlertKind => ({
  severity: kind.severity,
  title: (fact) => `${kind.word}: ${subjectOf(fact)}`,
  about: { when: kind.when, over: null },
  happened: (decision) => (decision.type === kind.type ? factOfDecision(decision, kind) : null),
});
