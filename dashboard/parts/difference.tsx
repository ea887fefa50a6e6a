import type { Evidence } from '../../schemas/decision.ts';
import { countText } from '../../schemas/sentence/figures.ts';
import { differenceText, differenceUnit, isWorse } from '../reading/metric-rows.ts';
import { Interval } from './interval.tsx';

/** Which way is better, where a document says another thing than the metric itself. */
export type Better = 'higher' | 'lower' | undefined;

/** A difference with the limits that hold at any time, and with what is tolerated of it; of shadow pairs which were worse. */
export const Difference = ({ entry, better }: { entry: Evidence; better?: Better }) => {
  const { metric, difference, lower, upper, tolerated, pairsWorse, pairsBetter } = entry;
  if (pairsWorse !== null && pairsBetter !== null)
    return (
      <span>
        worse in {countText(pairsWorse)}, better in {countText(pairsBetter)}
      </span>
    );
  if (difference === null) return <span>–</span>;
  const text = `${differenceText(metric, difference)} ${differenceUnit(metric)}`;
  if (lower === null || upper === null) return <span>{text}</span>;
  const limits = `${differenceText(metric, lower)} to ${differenceText(metric, upper)}`;
  const isBad =
    better === undefined ? isWorse(metric, difference) : better === 'higher' ? difference < 0 : difference > 0;
  return (
    <span class="difference">
      <Interval
        {...{ difference, lower, upper, tolerated }}
        isWorse={isBad}
        label={`difference ${text}, between ${limits}${tolerated === null ? '' : `, tolerated up to ${differenceText(metric, tolerated)}`}`}
      />
      <span>
        {text} <span class="muted">[{limits}]</span>
      </span>
    </span>
  );
};
