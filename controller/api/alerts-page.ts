import type { Alert } from '../../schemas/alert.ts';
import type { Answer } from '../commands/refusal.ts';
import type { Position } from '../cursor.ts';
import { pageOf } from './page.ts';

type AskedAlerts = {
  state: 'open' | 'ended' | 'all';
  agent?: string | undefined;
  limit: number;
  cursor?: string | undefined;
};

/** A page of alerts: open ones first, then the newest. */
export const alertsPage = (
  alerts: readonly Alert[],
  asked: AskedAlerts,
  sees: (agent: string) => boolean,
): Answer<{ alerts: Alert[]; open: number; next: string | null }> => {
  const seen = alerts.filter(({ fact: { agent } }) =>
    asked.agent === undefined ? agent === null || sees(agent) : agent === asked.agent && sees(agent),
  );
  const entries = seen.filter(({ state }) => asked.state === 'all' || (state === 'open') === (asked.state === 'open'));
  const page = pageOf({ list: 'alerts', entries, positionOf }, asked);
  if (!('ok' in page)) return page;
  const open = seen.filter(({ state }) => state === 'open').length;
  return { ok: { alerts: page.ok.entries, open, next: page.ok.next } };
};

const positionOf = ({ state, openedAtMs, fact }: Alert): Position => [state === 'open' ? 0 : 1, -openedAtMs, fact.key];
