import { timeText } from './figures.ts';

/**
 * A pause that the plan asks for: of which rollout, of whom, at what weight (null before any traffic), and for how long yet: null
 * until somebody resumes it, undefined where it has an end and nobody knows the time of the stream.
 */
type PlannedPause = { rollout: string; candidate: string; weight: string | null; leftMs: number | null | undefined };

/** "v2 waits at 25 % of the traffic for someone to resume (coalmine resume support-v2)", without a full stop. */
export const waitText = ({ rollout, candidate, weight, leftMs }: PlannedPause): string => {
  const where = weight === null ? 'where no user sees it' : `at ${weight} of the traffic`;
  const [name = rollout] = rollout.split('#');
  const command = `coalmine resume ${name}`;
  if (leftMs === null) return `${candidate} waits ${where} for someone to resume (${command})`;
  if (leftMs === undefined) return `${candidate} waits ${where} until its planned pause is over (sooner: ${command})`;
  if (leftMs <= 0) return `${candidate} waits ${where}; its pause is over with the next windows`;
  return `${candidate} waits ${where} for ${timeText(leftMs)}, then it goes on by itself (sooner: ${command})`;
};
