import { Scroll } from './scroll.tsx';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { countText, strengthText } from '../../schemas/sentence/figures.ts';
import { type ArmGroup, armGroups, type ArmRow } from '../reading/arms.ts';
import { noMetricsText } from '../reading/headline.ts';
import { Difference } from './difference.tsx';
import { type Chosen, CountAndJudgeHeads, isSame, Judge, Narrow, value } from './metric-table.tsx';
import { MetricName } from './metric-name.tsx';
import { Strength } from './strength.tsx';

type Where = { hrefOf: (chosen: Chosen) => string; chosen: Chosen | null };

const heldText = ({ isGoal, arms: [first] }: ArmGroup): string => {
  if (first?.logThreshold == null) return '';
  return `${strengthText(first.logThreshold)} ${isGoal ? 'wins' : 'stops it'}`;
};

const ArmLine = ({
  row,
  group,
  rollout,
  hrefOf,
  chosen,
}: { row: ArmRow; group: ArmGroup; rollout: RolloutView } & Where) => {
  const { entry, arm, logE, logThreshold } = row;
  const { metric, slice, isGoal } = group;
  const isChosen = isSame({ metric, slice, arm }, chosen);
  const better = isGoal ? rollout.experiment?.goal?.better : undefined;
  const chosenClass = isChosen ? 'chosen' : '';
  return (
    <>
      <tr class={chosenClass}>
        <th scope="row" class="arm">
          <a href={hrefOf({ metric, slice, arm })} aria-current={isChosen ? 'true' : undefined}>
            {arm}
          </a>
        </th>
        <td class="number">{value(metric, entry.candidateValue)}</td>
        <td class="roomy">
          <Difference entry={entry} better={better} />
        </td>
        <td>
          <Strength logE={logE} logThreshold={logThreshold} isGood={isGoal} />
        </td>
        <td class="number roomy">{countText(entry.candidateCount)}</td>
        <td class="roomy">
          <Judge entry={entry} judges={rollout.judges} />
        </td>
      </tr>
      <Narrow entry={entry} better={better} judges={rollout.judges} class={chosenClass}>
        n = {countText(entry.candidateCount)}
      </Narrow>
    </>
  );
};

const Group = ({ group, rollout, ...where }: { group: ArmGroup; rollout: RolloutView } & Where) => {
  const { metric, slice, isGoal, control, arms } = group;
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={6}>
          <MetricName metric={metric} slice={slice} />
          <span class="muted small">
            {isGoal
              ? 'the goal: evidence that an arm is better than every other'
              : 'must not get worse: evidence against an arm'}
            {heldText(group) !== '' && `, ${heldText(group)}`}
          </span>
        </th>
      </tr>
      <tr>
        <th scope="row" class="arm">
          {rollout.experiment?.control ?? rollout.stable} <span class="muted">(control)</span>
        </th>
        <td class="number">{value(metric, control.stableValue)}</td>
        <td class="roomy muted">–</td>
        <td class="muted">–</td>
        <td class="number roomy">{countText(control.stableCount)}</td>
        <td class="roomy" />
      </tr>
      {arms.map((row) => (
        <ArmLine key={row.arm} row={row} group={group} rollout={rollout} {...where} />
      ))}
    </tbody>
  );
};

/** Metric by metric every arm of an experiment, with its difference to the control. */
export const ArmsTable = ({ title, rollout, ...where }: { title: string; rollout: RolloutView } & Where) => {
  const groups = armGroups(rollout);
  if (groups.length === 0) return <p class="muted">{noMetricsText(rollout)}</p>;
  return (
    <Scroll label={title}>
      <table class="wide metrics">
        <thead>
          <tr>
            <th scope="col">Arm</th>
            <th scope="col" class="number">
              Value
            </th>
            <th scope="col" class="roomy">
              Difference to {rollout.experiment?.control ?? 'control'}, with its limits
            </th>
            <th scope="col">Evidence</th>
            <CountAndJudgeHeads />
          </tr>
        </thead>
        {groups.map((group) => (
          <Group key={`${group.metric} ${group.slice} ${group.isGoal}`} group={group} rollout={rollout} {...where} />
        ))}
      </table>
    </Scroll>
  );
};
