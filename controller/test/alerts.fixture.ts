import { alertsPage } from '../api/alerts-page.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { vi } from 'vitest';
import type { Bus } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { AlertFact } from '../../schemas/alert.ts';
import { AlertingDocument } from '../../schemas/alerting.ts';
import { factOf } from '../alerts/alert-kind.ts';
import type { Applied } from '../alerts/alerting.ts';
import { type Alerts, type AlertsDeps, startAlerts } from '../alerts/alerts.ts';
import { createNews } from '../alerts/news.ts';
import type { SendResult } from '../alerts/plan-deliveries.ts';
import type { Outgoing } from '../alerts/receivers/format.ts';
import { createControllerEvents } from '../events.ts';
import { takesAlerts } from './alerting.fixture.ts';
import { noPipeline } from './no-operating.fixture.ts';

export const T0 = Date.parse('2026-03-02T14:05:00Z');

/** A clock of which a second takes some milliseconds. */
export const fastClock = (startMs = T0): Clock & { pass(ms: number): void } => {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    sleep: async (ms, signal) => {
      await delay(Math.min(5, ms), undefined, signal ? { signal } : {}).catch(() => {});
      nowMs += ms;
    },
    pass: (ms) => {
      nowMs += ms;
    },
  };
};

export const alertingOf = (spec: object, name = 'team', timeMs = T0): Applied => {
  const header = { apiVersion: 'coalmine/v1', kind: 'Alerting', metadata: { name } };
  const document = AlertingDocument.parse({ ...header, spec });
  return { document, text: JSON.stringify(document), by: 'ann', timeMs };
};

/** One receiver that gets everything. */
export const everythingTo = (receiver: object, more: object = {}): Applied =>
  alertingOf({ receivers: [{ name: 'all', ...receiver }], routes: [{ receiver: 'all' }], ...more });

export const HOOK = { type: 'webhook', url: 'https://hooks.example.com/alerts', secret: 'hook' } as const;
export const ORIGINS = ['https://hooks.example.com', 'https://events.pagerduty.com', 'https://api.opsgenie.com'];

export const regressionOf = (agent: string, over: Partial<AlertFact> = {}): AlertFact =>
  factOf({
    key: `regression|${agent}`,
    event: 'regression',
    severity: 'critical',
    agent,
    sinceMs: T0,
    summary: 'quality of v3 in service fell: faithfulness 0.94 → 0.88',
    version: 'v3',
    metric: 'faithfulness',
    slice: 'language=de',
    value: 0.88,
    threshold: 0.94,
    n: 2_310,
    logE: 4.2,
    logThreshold: 3,
    ...over,
  });

/** What a signed webhook was told, alert by alert. */
export type Told = { id: string; occasion: string; key: string; state: string };
export const toldBy = (outgoing: Outgoing): Told[] =>
  outgoing.kind === 'http' ? (JSON.parse(outgoing.body) as { alerts: Told[] }).alerts : [];

/** A receiver in this process: what it took, and what it answers next, the last for ever. */
export const receiver = (...results: SendResult[]) => {
  const taken: { outgoing: Outgoing; result: SendResult }[] = [];
  let asked = 0;
  return {
    taken,
    /** Those that it took and did not refuse. */
    told: (): Told[] => taken.filter(({ result }) => result.ok).flatMap(({ outgoing }) => toldBy(outgoing)),
    send: async (outgoing: Outgoing): Promise<SendResult> => {
      const result = results[Math.min(asked++, results.length - 1)] ?? { ok: true };
      taken.push({ outgoing, result });
      return result;
    },
  };
};

/** A controller's alerts over an agent-less log. */
export const startAlertsOn = async (
  bus: Bus,
  clock: Clock,
  over: Partial<AlertsDeps> & { applied?: readonly Applied[] } = {},
): Promise<Alerts> => {
  const { applied = [], ...deps } = over;
  const alertings = new Map(applied.map((one) => [one.document.metadata.name, one]));
  return startAlerts({
    bus,
    clock,
    events: createControllerEvents(silentLog, createMetrics('controller')),
    ledger: { agents: new Map(), decisions: () => [], isRead: () => true },
    registry: { alertings: () => alertings, isRead: () => true },
    news: createNews(),
    pipeline: noPipeline,
    alerting: takesAlerts({ secretOf: () => 'secret' }),
    origins: ORIGINS,
    ...deps,
  });
};

export const soon = { timeout: 20_000, interval: 5 };
export const until = (isSo: () => boolean): Promise<void> =>
  vi.waitFor(() => {
    if (!isSo()) throw new Error('not yet');
  }, soon);
export const allAlerts = (alerts: Alerts) => {
  const page = alertsPage(alerts.all(), { state: 'all', limit: 200 }, () => true);
  return 'ok' in page ? page.ok.alerts.map(alerts.view) : [];
};
