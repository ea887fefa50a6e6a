import { Scroll } from './scroll.tsx';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { countText, strengthText, valueText } from '../../schemas/sentence/figures.ts';
import { differenceText, differenceUnit, isWorse } from '../reading/metric-rows.ts';
import { Interval } from './interval.tsx';
import { Meter } from './meter.tsx';
import { MetricName } from './metric-name.tsx';

type Chosen = { metric: string; slice: string };

const value = (metric: string, at: number | null): string => (at === null ? '–' : valueText(metric, at));

export const Difference = ({ entry }: { entry: Evidence }) => {
  const { metric, difference, lower, upper, pairsWorse, pairsBetter } = entry;
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
  return (
    <span class="difference">
      <Interval
        {...{ difference, lower, upper }}
        isWorse={isWorse(metric, difference)}
        label={`difference ${text}, between ${limits}`}
      />
      <span>
        {text} <span class="muted">[{limits}]</span>
      </span>
    </span>
  );
};

const Strength = ({ entry: { logE }, threshold }: { entry: Evidence; threshold: number | null }) => {
  if (logE === null) return <span>–</span>;
  if (threshold === null) return <span>{strengthText(logE)}</span>;
  const share = Math.min(1, Math.max(0, logE / threshold));
  return (
    <span class="strength">
      <span>{strengthText(logE)}</span>
      <Meter share={share} label={`${Math.round(100 * share)} % of the way to ${strengthText(threshold)}`} />
    </span>
  );
};

const isSame = (a: Chosen, b: Chosen | null): boolean => a.metric === b?.metric && a.slice === b.slice;

/** Each metric's values of both arms, their difference with the limits that hold at any time, and the evidence. */
export const MetricTable = ({
  title,
  rows,
  rollout,
  hrefOf,
  chosen,
}: {
  title: string;
  rows: readonly Evidence[];
  rollout: Pick<RolloutView, 'stable' | 'candidate' | 'logThreshold'>;
  hrefOf: (chosen: Chosen) => string;
  chosen: Chosen | null;
}) => {
  if (rows.length === 0) return <p class="muted">No window is judged yet: the first one is within a minute or so.</p>;
  return (
    <Scroll label={title}>
      <table class="wide metrics">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="number">
              {rollout.stable}
            </th>
            <th scope="col" class="number">
              {rollout.candidate ?? 'arm'}
            </th>
            <th scope="col" class="roomy">
              Difference, with its limits
            </th>
            <th scope="col">Evidence of {rollout.logThreshold === null ? '–' : strengthText(rollout.logThreshold)}</th>
            <th scope="col" class="number roomy">
              n
            </th>
            <th scope="col" class="roomy">
              Rule
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((entry) => (
            <tr key={`${entry.metric} ${entry.slice} ${entry.rule}`} class={isSame(entry, chosen) ? 'chosen' : ''}>
              <th scope="row">
                <a href={hrefOf(entry)} aria-current={isSame(entry, chosen) ? 'true' : undefined}>
                  <MetricName metric={entry.metric} slice={entry.slice} />
                </a>
              </th>
              <td class="number">{value(entry.metric, entry.stableValue)}</td>
              <td class="number">{value(entry.metric, entry.candidateValue)}</td>
              <td class="roomy">
                <Difference entry={entry} />
              </td>
              <td>
                <Strength entry={entry} threshold={rollout.logThreshold} />
              </td>
              <td class="number roomy">
                {countText(entry.candidateCount)} <span class="muted">/ {countText(entry.stableCount)}</span>
              </td>
              <td class="muted small roomy">{entry.rule}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};
