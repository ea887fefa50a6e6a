import { expect, it } from 'vitest';
import { createGroupCommits, type SentCommit } from './group-commits.ts';

const commitOf = (partition: number, offset: number, isWanted = () => true) => ({
  topic: 't',
  partition,
  offset,
  isWanted,
});

const group = (send: () => Promise<void> = async () => {}) => {
  const requests: SentCommit[][] = [];
  const commits = createGroupCommits(async (offsets) => {
    requests.push(offsets);
    await send();
  });
  return { requests, commits };
};

it('commits all partitions of a member in one request, each at its last offset', async () => {
  const { requests, commits } = group();
  await Promise.all([commits.add(commitOf(0, 1)), commits.add(commitOf(1, 7)), commits.add(commitOf(0, 3))]);
  expect(requests).toEqual([
    [
      { topic: 't', partition: 0, offset: 3 },
      { topic: 't', partition: 1, offset: 7 },
    ],
  ]);
});

it('leaves out what is no longer wanted when its turn comes, and says so', async () => {
  const { requests, commits } = group();
  let isWanted = true;
  const revoked = commits.add(commitOf(0, 1, () => isWanted));
  const kept = commits.add(commitOf(1, 2));
  isWanted = false;
  await expect(revoked).rejects.toThrow('revoked');
  await kept;
  expect(requests).toEqual([[{ topic: 't', partition: 1, offset: 2 }]]);
});

it('commits at once what waits when it is flushed, and sends nothing when nothing waits', async () => {
  const { requests, commits } = group();
  await commits.flush();
  const committed = commits.add(commitOf(0, 1));
  await commits.flush();
  expect(requests).toHaveLength(1);
  await committed;
});

it('tells every partition of a request that failed', async () => {
  const { commits } = group(async () => {
    throw new Error('no coordinator');
  });
  const settled = await Promise.allSettled([commits.add(commitOf(0, 1)), commits.add(commitOf(1, 1))]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
