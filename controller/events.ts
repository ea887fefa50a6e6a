import { messageOf } from '../schemas/error-message.ts';
import type { Log } from '../platform/process/log.ts';
import type { Metrics } from '../platform/process/metrics.ts';
import { type Alert, SEVERITIES } from '../schemas/alert.ts';
import type { Decision } from '../schemas/decision.ts';
import type { GaugeValue } from '../schemas/gauge.ts';
import type { ReportedIdentity } from '../schemas/reported-identity.ts';
import { identityNote } from './registry/identity.ts';

export type ControllerEvents = ReturnType<typeof createControllerEvents>;

/** What an operator may see of the registry. */
const registryEvents = (log: Log) => ({
  registryRead: (metrics: readonly string[], agents: number): void =>
    log.info({ metrics, agents }, 'the registry is read, with the metrics that judges have announced'),
  registryNameTaken: (kind: string, name: string, by: string): void =>
    log.warn({ kind, name, by }, 'two were registered under one name; the first of them counts'),
  registryEntryIgnored: (kind: string, name: string, by: string, problem: string): void =>
    log.warn({ kind, name, by }, `an entry of the registry can't be read, and is left out: ${problem}`),
  announcementIgnored: (name: string, by: string, problem: string): void =>
    log.warn({ name, by }, `a judge's announcement of a metric can't be used: ${problem}`),
});

/** What an operator may see of which versions upstreams say that they are. */
const identityEvents = (log: Log, metrics: Metrics) => {
  const matches = metrics.gauge('version_identity_matches', '0 while an upstream says that it is another version', [
    'agent',
    'version',
  ]);
  return {
    /** @param news how many of them say another thing than before. */
    identified: (said: readonly ReportedIdentity[], news: number): void => {
      for (const reported of said) {
        const { agent, label } = reported;
        matches.set({ agent, version: label }, reported.matches ? 1 : 0);
        if (news > 0 && !reported.matches) log.warn({ agent, version: label }, identityNote(reported));
      }
    },
    identifyingFailed: (error: unknown): void =>
      log.warn(`could not ask which versions are in service, trying again: ${messageOf(error)}`),
  };
};

/** What an operator may see of the outside gauges that agents' documents name. */
const scrapingEvents = (log: Log, metrics: Metrics) => {
  const scrapes = metrics.counter('gauge_scrapes_total', "Attempts to read the outside gauges of agents' documents", [
    'outcome',
  ]);
  return {
    /** @param value null where the trouble is the same as before. */
    gaugeScraped: (agent: string, gauge: string, value: GaugeValue | null): void => {
      const problem = value === null || value.problem !== null;
      scrapes.inc({ outcome: problem ? 'failed' : 'read' });
      if (value !== null && problem) log.warn({ agent, gauge }, `a gauge could not be read: ${value.problem}`);
    },
    scrapingFailed: (agent: string, gauge: string, error: unknown): void => {
      scrapes.inc({ outcome: 'failed' });
      log.warn({ agent, gauge }, `a gauge could not be read and written, trying again: ${messageOf(error)}`);
    },
  };
};

/** Of those whom the controller asks. */
const outsideEvents = (log: Log, metrics: Metrics) => ({
  ...identityEvents(log, metrics),
  ...scrapingEvents(log, metrics),
});

/** What an operator may see of alerts. Texts of facts, addresses and secrets are in none of it. */
const alertEvents = (log: Log, metrics: Metrics) => {
  const attempts = metrics.counter('alert_attempts_total', 'Messages about alerts that were tried', [
    'type',
    'outcome',
  ]);
  const open = metrics.gauge('alerts_open', 'Alerts that are open, at the controller that sends', ['severity']);
  const failing = metrics.gauge('alert_receiver_failing', '1 while the last attempt at a receiver failed', [
    'receiver',
  ]);
  return {
    alertsLed: (instance: string): void => log.info({ instance }, 'this controller sends alerts'),
    alertsOpen: (alerts: readonly Alert[]): void => {
      for (const severity of SEVERITIES)
        open.set({ severity }, alerts.filter(({ fact }) => fact.severity === severity).length);
    },
    alertSent: (
      receiver: string,
      type: string,
      alerts: number,
      result: { ok: true } | { ok: false; reason: string },
    ): void => {
      attempts.inc({ type, outcome: result.ok ? 'sent' : 'failed' });
      failing.set({ receiver }, result.ok ? 0 : 1);
      if (result.ok) log.info({ receiver, alerts }, 'receiver told');
      else log.warn({ receiver, alerts }, `a receiver could not be told, and is tried again: ${result.reason}`);
    },
    alertingFailed: (error: unknown): void =>
      log.warn(`alerts could not be looked at, trying again: ${messageOf(error)}`),
  };
};

/** What an operator may see of the controller. */
export const createControllerEvents = (log: Log, metrics: Metrics) => {
  const decisions = metrics.counter('decisions_total', 'Effective decisions read from the log', ['type']);
  const losers = metrics.counter('decisions_lost_total', 'Records in the decision log that were not effective');
  const appendFailures = metrics.counter(
    'append_failures_total',
    'Failed appends to the decision log or the registry',
    ['topic'],
  );
  const sequence = metrics.gauge('routing_sequence', 'Sequence of the routing in force', ['agent']);
  const rows = metrics.counter('window_rows_total', 'Rows of windows read', ['fate']);
  const badRows = metrics.counter('window_rows_refused_total', 'Window rows whose sums contradict themselves');
  const routingWrites = metrics.counter('routing_writes_total', 'Routing views offered to Redis', ['outcome']);
  const webhooks = metrics.counter('webhooks_total', 'Notifications of rollbacks, aborts and promotions', ['outcome']);
  const checks = metrics.counter('checks_total', 'Checks of rollouts that were asked', ['outcome']);
  const streamTime = metrics.gauge('stream_time_seconds', 'Stream time of the windows judged last', ['agent', 'topic']);
  let redisDown = false;
  return {
    effective: (d: Decision): void => {
      decisions.inc({ type: d.type });
      sequence.set({ agent: d.agent }, d.sequence);
      const { agent, rollout, type, state, stage, reason, by, bounded } = d;
      log.info({ agent, sequence: d.sequence, rollout, type, state, stage, by, bounded, reason }, 'decision');
    },
    lost: (d: Decision): void => {
      losers.inc();
      log.debug(
        { agent: d.agent, expect: d.expect, type: d.type, by: d.by },
        'a decision lost its race and counts for nothing',
      );
    },
    logRead: (agents: number): void => log.info({ agents }, 'the decision log is read'),
    ...registryEvents(log),
    ...outsideEvents(log, metrics),
    ...alertEvents(log, metrics),
    readFailed: (topic: string, error: unknown): void =>
      log.warn({ topic }, `could not read a topic to its end, trying again: ${messageOf(error)}`),
    appendFailed: (topic: string, error: unknown): void => {
      appendFailures.inc({ topic });
      log.warn({ topic }, `could not append, trying again: ${messageOf(error)}`);
    },
    appendRefused: (topic: string, error: unknown): void => {
      appendFailures.inc({ topic });
      log.error({ topic }, `a record was refused: ${messageOf(error)}`);
    },
    storeDied: (error: unknown, waitMs: number): void =>
      log.error({ err: error, waitMs }, 'the store ended by itself and is started again; its queries wait'),
    rowsTaken: (count: number): void => rows.inc({ fate: 'judged' }, count),
    rowsIgnored: (count: number): void => rows.inc({ fate: 'ignored' }, count),
    rowRefused: (agent: string, problem: string): void => {
      badRows.inc();
      log.error({ agent }, `window rows are left out: ${problem}`);
    },
    waitingForLog: (agent: string): void =>
      log.debug({ agent }, 'windows are ahead of the decision log that was read; waiting for it'),
    judged: (agent: string, topic: string, streamTimeMs: number): void =>
      streamTime.set({ agent, topic }, streamTimeMs / 1000),
    smokeBegun: (agent: string, rollout: string, requests: number): void =>
      log.info({ agent, rollout, requests }, 'smoke check begun'),
    smokeFailed: (agent: string, rollout: string, error: unknown): void =>
      log.error(
        { agent, rollout, err: error },
        'the smoke check could not be finished here; abort the rollout, or restart this controller to have it done again',
      ),
    checkAnswered: (
      agent: string,
      rollout: string,
      check: string,
      { outcome, reason }: { outcome: string; reason: string },
    ): void => {
      checks.inc({ outcome });
      log.debug({ agent, rollout, check, outcome, reason }, 'check asked');
    },
    checkingFailed: (agent: string, rollout: string, error: unknown): void =>
      log.error({ agent, rollout, err: error }, 'asking the checks failed; they are asked again with the next windows'),
    judgingFailed: (agent: string, error: unknown): void =>
      log.error({ agent, err: error }, 'judging an agent failed; it is tried again with its next windows'),
    routingWritten: (agent: string, outcome: 'applied' | 'same'): void => {
      routingWrites.inc({ outcome });
      if (redisDown) log.info('Redis takes routing again');
      redisDown = false;
      if (outcome === 'applied') log.debug({ agent }, 'routing written');
    },
    /** Redis holds what the log never said: somebody else wrote there, or the log was lost. */
    routingAlarm: (agent: string, outcome: 'older' | 'conflict', sequence: number): void => {
      routingWrites.inc({ outcome });
      const what = outcome === 'older' ? 'a later sequence than the log' : 'another content under the same sequence';
      log.error({ agent, sequence, alarm: true }, `Redis holds ${what}; routing is not what the decision log says`);
    },
    routingFailed: (error: unknown): void => {
      routingWrites.inc({ outcome: 'failed' });
      if (!redisDown) log.warn(`could not write routing to Redis, trying again until it is back: ${messageOf(error)}`);
      redisDown = true;
    },
    notified: (d: Decision): void => {
      webhooks.inc({ outcome: 'delivered' });
      log.info({ agent: d.agent, rollout: d.rollout, type: d.type }, 'webhook notified');
    },
    notifyFailed: (d: Decision, error: unknown): void => {
      webhooks.inc({ outcome: 'failed' });
      log.error({ agent: d.agent, rollout: d.rollout, type: d.type }, `webhook gave up: ${messageOf(error)}`);
    },
  };
};
