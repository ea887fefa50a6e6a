import type { Lag } from '../../schemas/pipeline-api.ts';
import type { Tone } from './verdict.ts';

/** A reader within this keeps up. */
const KEEPS_UP_MS = 10_000;

/** A group's or a topic's name without what all of them begin with. */
export const shortName = (name: string): string => name.replace(/^coalmine[-.]/, '');

/** How a group stands with a topic, and what helps where it does not keep up. */
export const lagStanding = ({
  members,
  behind,
  waitedMs,
  trendPerSecond,
}: Pick<Lag, 'members' | 'behind' | 'waitedMs' | 'trendPerSecond'>): { tone: Tone; word: string; advice: string } => {
  if (members === 0 && behind > 0)
    return { tone: 'bad', word: 'Nobody reads', advice: 'start that service; npx coalmine doctor says what is down' };
  if (behind === 0 || (waitedMs ?? 0) < KEEPS_UP_MS) return { tone: 'good', word: 'Keeps up', advice: '' };
  return (trendPerSecond ?? 0) < 0
    ? { tone: 'wait', word: 'Catches up', advice: '' }
    : { tone: 'warn', word: 'Falls behind', advice: 'start more of that service, up to one a partition' };
};
