import type { ComponentChildren } from 'preact';
import { Scroll } from './scroll.tsx';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { countText, shareText, strengthText, valueText } from '../../schemas/sentence/figures.ts';
import { noMetricsText } from '../reading/headline.ts';
import { judgedBy } from '../reading/judges.ts';
import { coverageOf, logPart } from '../reading/metric-rows.ts';
import { type Better, Difference } from './difference.tsx';
import { MetricName } from './metric-name.tsx';
import { Strength } from './strength.tsx';

/** One line of the page; `arm` in an experiment alone. */
export type Chosen = { metric: string; slice: string; arm: string | null };

export const isSame = (a: Chosen, b: Chosen | null): boolean =>
  a.metric === b?.metric && a.slice === b.slice && a.arm === b.arm;

export const value = (metric: string, at: number | null): string => (at === null ? '–' : valueText(metric, at));

/** Over the last two columns: how many values there are, and who judges them. */
export const CountAndJudgeHeads = () => (
  <>
    <th scope="col" class="number roomy">
      n
    </th>
    <th scope="col" class="roomy">
      Judged by
    </th>
  </>
);

/** Who judges a metric, and by which rule it is compared. */
export const Judge = ({ entry, judges }: { entry: Evidence; judges: RolloutView['judges'] }) => {
  const { by, warning } = judgedBy(entry.metric, judges);
  return (
    <>
      {by}
      {warning !== null && <span class="word warn small"> {warning}</span>}{' '}
      <span class="muted small">{entry.rule}</span>
    </>
  );
};

const Row = ({
  entry,
  rollout,
  href,
  isChosen,
}: {
  entry: Evidence;
  rollout: Shown;
  href: string;
  isChosen: boolean;
}) => {
  const { metric, slice, stableValue, candidateValue, stableCount, candidateCount } = entry;
  const covered = coverageOf(metric, rollout.coverage);
  const count = (
    <>
      <span class="muted">{countText(stableCount)} /</span> {countText(candidateCount)}
      {covered !== null && <span class="muted small"> {shareText(covered)} seen</span>}
    </>
  );
  const chosenClass = isChosen ? 'chosen' : '';
  return (
    <>
      <tr class={chosenClass}>
        <th scope="row">
          <a href={href} aria-current={isChosen ? 'true' : undefined}>
            <MetricName metric={metric} slice={slice} />
          </a>
        </th>
        <td class="number">{value(metric, stableValue)}</td>
        <td class="number">{value(metric, candidateValue)}</td>
        <td class="roomy">
          <Difference entry={entry} />
        </td>
        <td>
          <Strength logE={logPart(entry)} logThreshold={rollout.logThreshold} />
        </td>
        <td class="number roomy">{count}</td>
        <td class="roomy">
          <Judge entry={entry} judges={rollout.judges} />
        </td>
      </tr>
      <Narrow entry={entry} judges={rollout.judges} class={chosenClass}>
        n = {count}
      </Narrow>
    </>
  );
};

/** What has no column on a phone, in a line of its own. */
export const Narrow = ({
  entry,
  better,
  judges,
  class: own,
  children,
}: {
  entry: Evidence;
  better?: Better;
  judges: RolloutView['judges'];
  class: string;
  children: ComponentChildren;
}) => (
  <tr class={`narrow ${own}`}>
    <td colSpan={4}>
      <Difference entry={entry} better={better} />
      <span class="small">
        {children} · <Judge entry={entry} judges={judges} />
      </span>
    </td>
  </tr>
);

type Shown = Pick<RolloutView, 'stable' | 'candidate' | 'logThreshold' | 'coverage' | 'judges' | 'state' | 'strategy'>;

/** Each metric's values of both arms, their difference with the limits that hold at any time, and what it adds to the evidence. */
export const MetricTable = ({
  title,
  rows,
  rollout,
  hrefOf,
  chosen,
}: {
  title: string;
  rows: readonly Evidence[];
  rollout: Shown;
  hrefOf: (chosen: Chosen) => string;
  chosen: Chosen | null;
}) => {
  if (rows.length === 0) return <p class="muted">{noMetricsText(rollout)}</p>;
  const threshold = rollout.logThreshold === null ? '' : `, ${strengthText(rollout.logThreshold)} stops it`;
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
              Difference, its limits, what is tolerated
            </th>
            <th scope="col">
              Evidence<span class="roomy">{threshold}</span>
            </th>
            <CountAndJudgeHeads />
          </tr>
        </thead>
        <tbody>
          {rows.map((entry) => (
            <Row
              key={`${entry.metric} ${entry.slice} ${entry.rule}`}
              entry={entry}
              rollout={rollout}
              href={hrefOf(entry)}
              isChosen={isSame(entry, chosen)}
            />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};
