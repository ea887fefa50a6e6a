import type { Alert, AlertFact } from '../../schemas/alert.ts';
import type { Decision } from '../../schemas/decision.ts';
import { ALERT_KINDS } from './kinds/table.ts';
import { NEWS_FOR_MS } from './plan-alerts.ts';

/** What happened of late by the decision log, whether or not anybody was told. */
export type News = {
  take(decision: Decision, nowMs: number): void;
  /** What has no alert yet. */
  untold(alerts: ReadonlyMap<string, Alert>, nowMs: number): AlertFact[];
};

export const createNews = (): News => {
  const news = new Map<string, AlertFact>();
  return {
    take: (decision, nowMs) => {
      if (decision.timeMs < nowMs - NEWS_FOR_MS) return;
      for (const { happened } of Object.values(ALERT_KINDS)) {
        const fact = happened?.(decision) ?? null;
        if (fact !== null) news.set(fact.key, fact);
      }
    },
    untold: (alerts, nowMs) => {
      for (const [key, { sinceMs }] of news) if (sinceMs < nowMs - NEWS_FOR_MS || alerts.has(key)) news.delete(key);
      return [...news.values()];
    },
  };
};
