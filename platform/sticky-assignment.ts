export type TopicPartition = { topic: string; partition: number };
export type Member = { id: string; topics: readonly string[]; owned: readonly TopicPartition[] };

const idOf = ({ topic, partition }: TopicPartition): string => `${topic}|${partition}`;

type Share = { member: Member; kept: TopicPartition[] };

const countOf = (share: Share, topic: string): number => share.kept.filter((kept) => kept.topic === topic).length;

/** Whom the next partition of the topic goes to: who has fewest, then fewest of that topic, then by id. */
const poorest = (shares: readonly Share[], topic: string): Share | undefined =>
  shares
    .filter(({ member }) => member.topics.includes(topic))
    .toSorted(
      (a, b) =>
        a.kept.length - b.kept.length || countOf(a, topic) - countOf(b, topic) || (a.member.id < b.member.id ? -1 : 1),
    )[0];

/**
 * Shares partitions evenly among a group's members, moving as few as it can: each keeps what it owns up to its share,
 * the rest goes to whoever has least. What two members claim goes to the first by id.
 */
export const assignSticky = (
  members: readonly Member[],
  partitions: readonly TopicPartition[],
): Map<string, TopicPartition[]> => {
  const shares: Share[] = members.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((member) => ({ member, kept: [] }));
  const floor = Math.floor(partitions.length / Math.max(1, members.length));
  let membersWithOneMore = partitions.length - floor * members.length;
  const free = new Map(partitions.map((partition) => [idOf(partition), partition]));
  const perTopicCap = new Map<string, number>();
  for (const { topic } of partitions) perTopicCap.set(topic, (perTopicCap.get(topic) ?? 0) + 1);

  for (const share of shares) {
    let hasOneMore = false;
    for (const owned of share.member.owned) {
      const cap = Math.ceil((perTopicCap.get(owned.topic) ?? 0) / members.length);
      const isFull = share.kept.length >= floor + (hasOneMore || membersWithOneMore > 0 ? 1 : 0);
      const isEligible = share.member.topics.includes(owned.topic) && free.has(idOf(owned));
      if (isFull || !isEligible || countOf(share, owned.topic) >= cap) continue;
      share.kept.push(owned);
      free.delete(idOf(owned));
      if (share.kept.length > floor && !hasOneMore) {
        hasOneMore = true;
        membersWithOneMore -= 1;
      }
    }
  }
  for (const partition of free.values()) poorest(shares, partition.topic)?.kept.push(partition);
  return new Map(shares.map(({ member, kept }) => [member.id, kept]));
};
