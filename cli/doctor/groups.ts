import { createGroupOffsets, type GroupState } from '../../platform/kafka/group-offsets.ts';
import { type LagRow, lookAtLag } from '../../platform/kafka/lag-rows.ts';
import { spanText } from '../output/moments.ts';
import { withKafka } from '../topics.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('lag');
const WAITED_MS = 60_000;

/** Of a group: whether anybody reads for it, and how long its oldest record has waited. */
export const groupFindings = ({ group, state, members }: GroupState, rows: readonly LagRow[]): Finding[] => {
  const service = group
    .replace(/^coalmine-/, '')
    .replace('analyzer-merge', 'analyzer')
    .replace(/^alerts$/, 'controller');
  if (members === 0)
    return [fail(`${group} has no members (${state})`, `start ${service}, or look at its /readyz and its log`)];
  const late = rows.filter((row) => row.group === group && (row.waitedMs ?? 0) > WAITED_MS);
  return late.length === 0
    ? [ok(`${group}: ${members === 1 ? '1 member' : `${members} members`}, nothing waits longer than a minute`)]
    : late.map(({ topic, behind, waitedMs }) =>
        warn(
          `${group} is ${behind} records of ${topic} behind, the oldest waits ${spanText(waitedMs ?? 0)}`,
          'coalmine lag --watch shows whether it catches up; more members help up to the number of partitions',
        ),
      );
};

export const groupsCheck: Check = {
  name: 'lag',
  about: 'whether every consumer group has members and keeps up',
  run: (url) =>
    withKafka(
      createGroupOffsets,
      async (offsets) => {
        const states = await offsets.states();
        const rows = await lookAtLag(offsets, { isByPartition: false, nowMs: () => Date.now() });
        return states.flatMap((state) => groupFindings(state, rows));
      },
      url,
    ),
};
