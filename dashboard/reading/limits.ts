import type { RolloutView } from '../../schemas/controller-api.ts';
import { countText, plainText, valueText } from '../../schemas/sentence/figures.ts';
import { isOver, type Tone } from './verdict.ts';

type Limit = RolloutView['limits'][number];

/** A value of what the limit is of, with its unit. */
export const limitText = ({ of, name, unit }: Pick<Limit, 'of' | 'name' | 'unit'>, value: number): string =>
  of === 'metric' ? valueText(name, value) : `${plainText(value)}${unit === '' ? '' : ` ${unit}`}`;

/** `at most 2 s`. */
export const boundText = (limit: Limit): string =>
  `${limit.side === 'max' ? 'at most' : 'at least'} ${limitText(limit, limit.limit)}`;

/** How many values it is of, and how many it takes; '' of a gauge. */
export const limitCountText = ({ count, minRequests }: Pick<Limit, 'count' | 'minRequests'>): string => {
  if (minRequests === null) return '';
  if (count === null) return `takes ${countText(minRequests)}`;
  return count < minRequests ? `${countText(count)} of ${countText(minRequests)}` : countText(count);
};

/** How a limit stands, in a word. Of a rollout that is over: which one ended it. */
export const limitStanding = ({ standing, name, of }: Limit, rollout: Ended): { tone: Tone; word: string } => {
  switch (standing) {
    case 'holds':
      return { tone: 'good', word: isOver(rollout) ? 'Held' : 'Holds' };
    case 'waits':
      return { tone: 'wait', word: of === 'gauge' ? 'No value yet' : 'Waits for data' };
    case 'stale':
      return { tone: 'warn', word: 'Stale' };
    case 'broken':
      return stoppedBy(rollout) === name ? { tone: 'bad', word: 'Stopped it' } : { tone: 'bad', word: 'Beyond it' };
    default:
      return { tone: 'calm', word: 'Not known' };
  }
};

type Ended = Pick<RolloutView, 'state' | 'last'>;
const stoppedBy = ({ state, last }: Ended): string | null => (state === 'rolled_back' ? last.metric : null);

/** The limit that a rollout was stopped by. */
export const stoppingLimit = (rollout: Ended & Pick<RolloutView, 'limits'>): Limit | undefined =>
  rollout.limits.find(({ standing, name }) => standing === 'broken' && name === stoppedBy(rollout));

const URGENCY = ['broken', 'stale', 'waits', 'holds', null];

/** The one that needs somebody first. */
export const limitsByUrgency = (limits: readonly Limit[]): Limit[] =>
  limits.toSorted((a, b) => URGENCY.indexOf(a.standing) - URGENCY.indexOf(b.standing));

/** Outside gauges of the agent as a whole, and of the versions that the rollout is about. */
export const gaugesOf = ({ gauges, stable, candidate, arms }: RolloutView): RolloutView['gauges'] => {
  const versions = new Set([stable, candidate, ...arms.map(({ version }) => version)]);
  return gauges.filter(({ version }) => version === '' || versions.has(version));
};
