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
 * and first up to its share of each topic; the rest goes to whoever has least. What two members claim goes to the first
 * by id.
 */
export const assignSticky = (
  members: readonly Member[],
  partitions: readonly TopicPartition[],
): Map<string, TopicPartition[]> => {
  const shares: Share[] = members.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((member) => ({ member, kept: [] }));
  const evenShare = Math.floor(partitions.length / Math.max(1, members.length));
  let sharesWithOneMore = partitions.length - evenShare * members.length;
  const free = new Map(partitions.map((partition) => [idOf(partition), partition]));
  const topicShare = (topic: string): number =>
    Math.ceil(partitions.filter((partition) => partition.topic === topic).length / members.length);

  const keep = ({ member, kept }: Share, isWanted: (owned: TopicPartition) => boolean): void => {
    for (const owned of member.owned) {
      if (!member.topics.includes(owned.topic) || !free.has(idOf(owned)) || !isWanted(owned)) continue;
      const isOneMore = kept.length === evenShare;
      if (kept.length > evenShare || (isOneMore && sharesWithOneMore === 0)) continue;
      if (isOneMore) sharesWithOneMore -= 1;
      kept.push(owned);
      free.delete(idOf(owned));
    }
  };
  for (const share of shares) keep(share, ({ topic }) => countOf(share, topic) < topicShare(topic));
  for (const share of shares) keep(share, () => true);
  for (const partition of free.values()) poorest(shares, partition.topic)?.kept.push(partition);
  return new Map(shares.map(({ member, kept }) => [member.id, kept]));
};
