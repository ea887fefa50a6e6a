import { ALL } from '../../schemas/whole-slice.ts';
import { createHash } from 'node:crypto';
import { nameOf } from '../../schemas/actor.ts';
import type { Alert } from '../../schemas/alert.ts';
import { eText, numberText } from '../../schemas/decision-text.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { ALERT_KINDS } from './kinds/table.ts';

/** What there is to be told: that it opened or happened, that somebody sees to it, that it is still open, that it is over. */
export type Occasion = 'opened' | 'happened' | 'acknowledged' | 'reminder' | 'recovered';

/** One thing to tell one receiver, in words and figures, before any format. All of its texts may be anybody's. */
export type AlertMessage = {
  /** The same at each attempt. */
  id: string;
  occasion: Occasion;
  alert: Alert;
  title: string;
  summary: string;
  fields: readonly { label: string; value: string }[];
  /** To the page; null where the operator has not said where that is. */
  link: string | null;
};

const LEADS: Readonly<Record<Occasion, string>> = {
  opened: '',
  happened: '',
  acknowledged: 'Acknowledged: ',
  reminder: 'Still: ',
  recovered: 'Recovered: ',
};

export const titleOf = ({ fact }: Pick<Alert, 'fact'>): string => ALERT_KINDS[fact.event].title(fact);

/** RFC 3339, in UTC. */
export const isoTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const moment = (ms: number): string => `${isoTime(ms).replace('T', ' ').replace('Z', '')} UTC`;

const fieldsOf = ({ fact, endedAtMs, acknowledged }: Alert): AlertMessage['fields'] => {
  const { agent, version, rollout, metric, slice, value, threshold, n, logE, logThreshold, by, sinceMs } = fact;
  const evidence =
    logE === null ? null : `E = ${eText(logE)}${logThreshold === null ? '' : `, 1/α = ${eText(logThreshold)}`}`;
  const named: [string, string | null][] = [
    ['Agent', agent],
    ['Version', version],
    ['Rollout', rollout],
    ['Metric', metric === null ? null : metricWords(metric).noun],
    ['Slice', slice === ALL ? null : slice],
    ['Value', value === null ? null : numberText(value)],
    ['Against', threshold === null ? null : numberText(threshold)],
    ['n', n === null ? null : String(n)],
    ['Evidence', evidence],
    ['Since', moment(sinceMs)],
    ['Until', endedAtMs === null ? null : moment(endedAtMs)],
    ['By', by === null ? null : nameOf(by)],
    ['Acknowledged by', acknowledged === null ? null : nameOf(acknowledged.by)],
  ];
  return named.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
};

/** Where the page shows it. */
const linkOf = ({ fact: { rollout, agent } }: Alert, publicUrl: string | null): string | null => {
  if (publicUrl === null) return null;
  const root = publicUrl.replace(/\/+$/, '');
  if (rollout !== null) return `${root}/#/rollouts/${encodeURIComponent(rollout)}`;
  return `${root}/#/alerts${agent === null ? '' : `?agent=${encodeURIComponent(agent)}`}`;
};

/** `number` tells reminders apart. */
export const alertMessage = (
  alert: Alert,
  occasion: Occasion,
  number: number,
  publicUrl: string | null,
): AlertMessage => ({
  id: `${alert.fact.key}@${alert.openedAtMs}:${occasion}${occasion === 'reminder' ? `:${number}` : ''}`,
  occasion,
  alert,
  title: `${LEADS[occasion]}${titleOf(alert)}`,
  summary: alert.fact.summary,
  fields: fieldsOf(alert),
  link: linkOf(alert, publicUrl),
});

/** One id for all that goes out at once. */
export const idOfAll = (messages: readonly AlertMessage[]): string => {
  const ids = messages.map(({ id }) => id).sort();
  return createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 32);
};

/** At most so many characters, cut between two of them, and said so. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;

/** Without what terminals, mail headers or lines of a list would obey. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
