import type { Clock } from '../../platform/process/clock.ts';
import { gaugeKey } from '../../schemas/gauge.ts';
import type { ScrapedGauge } from '../../schemas/scraped-gauge.ts';
import type { AskOnce } from '../deciding/checking.ts';
import type { ControllerEvents } from '../events.ts';
import type { FollowedGauges } from '../follow-gauges.ts';
import type { Ledger } from '../ledger.ts';
import { prometheusCall } from '../rollout/prometheus.ts';
import { readGauge, scrapedGaugesOf, valueKeyOf } from './scraped-gauges.ts';

export type ScrapingDeps = {
  ledger: Pick<Ledger, 'agents'>;
  gauges: FollowedGauges;
  /** Asks by the name that the operator has given an address, and nobody else. */
  ask: AskOnce;
  /** Whether this controller is the one that sees to the agent. */
  owns: (agent: string) => boolean;
  clock: Clock;
  events: ControllerEvents;
};

const EVERY_MS = 1_000;
/** Shorter than the shortest interval. */
const TIMEOUT_MS = 8_000;

/**
 * Reads the gauges that agents' documents name, each as often as it says, and writes them where posted ones go. Should two controllers read
 * one for a moment, the later value counts.
 */
export const startScraping = (deps: ScrapingDeps): { stop(): Promise<void> } => {
  const { ledger, gauges, ask, owns, clock, events } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  /** By the gauge's key, when it was asked for last. */
  const askedMs = new Map<string, number>();
  const underWay = new Map<string, Promise<void>>();
  const documents = new Map<string, { text: string | null; wanted: readonly ScrapedGauge[] }>();

  const wantedBy = (agent: string): readonly ScrapedGauge[] => {
    const text = ledger.agents.get(agent)?.document ?? null;
    const known = documents.get(agent);
    if (known?.text === text) return known.wanted;
    const wanted = scrapedGaugesOf({ document: text });
    documents.set(agent, { text, wanted });
    return wanted;
  };

  const scrape = async (agent: string, gauge: ScrapedGauge): Promise<void> => {
    const key = gaugeKey(valueKeyOf(agent, gauge));
    const answer = await ask(prometheusCall(gauge.prometheus, TIMEOUT_MS), signal);
    if (signal.aborted) return;
    const value = readGauge(agent, gauge, answer, { before: gauges.latest.get(key), nowMs: clock.nowMs() });
    events.gaugeScraped(agent, gauge.name, value);
    if (value !== null) await gauges.write([value], signal);
  };

  const scrapeDue = (agent: string): void => {
    const nowMs = clock.nowMs();
    for (const gauge of wantedBy(agent)) {
      const key = gaugeKey(valueKeyOf(agent, gauge));
      if (underWay.has(key) || nowMs - (askedMs.get(key) ?? -Infinity) < gauge.every) continue;
      askedMs.set(key, nowMs);
      const run = scrape(agent, gauge)
        .catch((error: unknown) => {
          if (!signal.aborted) events.scrapingFailed(agent, gauge.name, error);
        })
        .finally(() => underWay.delete(key));
      underWay.set(key, run);
    }
  };

  const scraping = (async () => {
    while (!signal.aborted) {
      // What stands in the topic is known first: a value that can't be read now keeps the one before.
      if (gauges.isRead()) for (const agent of ledger.agents.keys()) if (owns(agent)) scrapeDue(agent);
      await clock.sleep(EVERY_MS, signal);
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([scraping, ...underWay.values()]);
    },
  };
};
