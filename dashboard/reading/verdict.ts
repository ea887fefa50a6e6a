import type { RolloutView } from '../../schemas/controller-api.ts';
import { sliceText } from '../../schemas/sentence/comparison.ts';
import { strengthText } from '../../schemas/sentence/figures.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { strongest } from './metric-rows.ts';

/** How a thing is to be taken: its colour and its sign; the words beside it say the same. */
export type Tone = 'good' | 'bad' | 'warn' | 'wait' | 'calm';
export type Verdict = { tone: Tone; word: string; detail: string };

type Judged = Pick<
  RolloutView,
  | 'strategy'
  | 'state'
  | 'hold'
  | 'logE'
  | 'logThreshold'
  | 'metrics'
  | 'last'
  | 'approval'
  | 'pause'
  | 'candidateRequests'
  | 'live'
  | 'limits'
>;

/** From here on it is worth a look, though nothing is proven. In parts of the way to the threshold, as evidence is counted: by logarithm. */
const SUSPICIOUS = 0.5;

const IS_OVER: ReadonlySet<string> = new Set(['promoted', 'rolled_back', 'aborted', 'inconclusive']);
export const isOver = ({ state }: Pick<RolloutView, 'state'>): boolean => IS_OVER.has(state);

/** How far the evidence against the candidate has come, from 0 to 1; null where nothing is held against it. */
export const wayToThreshold = ({ logE, logThreshold }: Pick<RolloutView, 'logE' | 'logThreshold'>): number | null =>
  logE === null || logThreshold === null || logThreshold <= 0 ? null : Math.min(1, Math.max(0, logE / logThreshold));

/** Why it was rolled back: a limit of that name is broken, or the evidence of a metric said so, or something else did. */
const whyRolledBack = ({ last: { metric, reason, slice }, limits }: Judged): string => {
  if (metric === null) return reason;
  const limit = limits.find(({ name, standing }) => name === metric && standing === 'broken');
  if (limit === undefined) return `worse in ${metricWords(metric).noun}${sliceText(slice ?? ALL)}`;
  return `beyond its limit of ${limit.of === 'gauge' ? metric : metricWords(metric).noun}`;
};

const ended = (rollout: Judged): Verdict => {
  const { state, last, strategy } = rollout;
  switch (state) {
    case 'promoted':
      return strategy === 'ab'
        ? { tone: 'good', word: 'An arm has won', detail: 'its version is in service' }
        : { tone: 'good', word: 'Promoted', detail: 'nothing was proven against it' };
    case 'rolled_back':
      return { tone: 'bad', word: 'Rolled back', detail: whyRolledBack(rollout) };
    case 'aborted':
      return { tone: 'calm', word: 'Aborted', detail: `by ${last.by}` };
    default:
      return { tone: 'warn', word: 'No verdict', detail: 'it came to none in its time' };
  }
};

const suspicion = (rollout: Judged): Verdict | null => {
  const way = wayToThreshold(rollout);
  if (way === null || way < SUSPICIOUS || rollout.strategy === 'ab') return null;
  const most = strongest(rollout.metrics);
  const where = most === null ? '' : ` in ${metricWords(most.metric).noun}`;
  const slice = most === null || most.slice === ALL ? '' : `, most${sliceText(most.slice)}`;
  return way >= 1
    ? { tone: 'bad', word: `Worse${where}`, detail: `proven${slice}` }
    : { tone: 'warn', word: `Perhaps worse${where}`, detail: `not proven${slice}` };
};

const undecided = ({ logE, logThreshold }: Judged): Verdict => ({
  tone: 'calm',
  word: 'Undecided',
  detail:
    logE === null || logThreshold === null
      ? 'no arm is proven better yet'
      : `the leader’s evidence is ${strengthText(logE)} of the ${strengthText(logThreshold)} that win`,
});

/** Whether it is worse, in a word or two. What people must do comes before what the evidence says, unless that says "worse". */
export const verdictOf = (rollout: Judged): Verdict => {
  if (isOver(rollout)) return ended(rollout);
  const worse = suspicion(rollout);
  if (worse?.tone === 'bad') return worse;
  if (rollout.approval !== null)
    return {
      tone: 'wait',
      word: 'Waits for a second person',
      detail: `${rollout.approval.by} asked for the promotion`,
    };
  if (rollout.state === 'paused') return { tone: 'wait', word: 'Paused', detail: 'somebody must resume it' };
  if (rollout.hold !== null) return { tone: 'warn', word: 'On hold', detail: rollout.hold };
  if (worse !== null) return worse;
  if (rollout.state === 'gate') return { tone: 'wait', word: 'Waits for its gate', detail: 'no traffic has moved' };
  if (rollout.metrics.length === 0)
    return { tone: 'calm', word: 'Nothing known yet', detail: 'no window is judged yet' };
  if (rollout.strategy === 'ab') return undecided(rollout);
  return { tone: 'good', word: 'Not worse so far', detail: 'nothing is proven against it' };
};

/** What is going on, in a word; states as people call them. */
export const stateWord = ({ state, stage, stages }: Pick<RolloutView, 'state' | 'stage' | 'stages'>): string => {
  switch (state) {
    case 'canary':
      return stages.length > 1 ? `canary, stage ${stage + 1} of ${stages.length}` : 'canary';
    case 'ab':
      return 'experiment';
    case 'rolled_back':
      return 'rolled back';
    case 'watch':
      return 'switched, being watched';
    case 'smoke':
      return 'smoke check';
    case 'inconclusive':
      return 'no verdict';
    default:
      return state;
  }
};
