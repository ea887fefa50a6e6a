import kafkajs from 'kafkajs';
import type { PartitionAssigner } from 'kafkajs';
import type { Cluster } from './kafka-client.ts';
import { assignSticky, type TopicPartition } from './sticky-assignment.ts';

const VERSION = 1;

const ownedOf = (userData: Buffer): TopicPartition[] => {
  try {
    return JSON.parse(userData.toString()) as TopicPartition[];
  } catch {
    return [];
  }
};

/** kafkajs ships round robin alone, which moves most partitions whenever a member comes or goes. Members tell the leader what they own. `onCluster` is given what the member reads through. */
export const stickyAssigner =
  (owned: () => readonly TopicPartition[], onCluster: (cluster: Cluster) => void): PartitionAssigner =>
  ({ cluster }) => {
    onCluster(cluster as unknown as Cluster);
    const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
    const name = 'coalmine-sticky';
    return {
      name,
      version: VERSION,
      protocol: ({ topics }) => ({
        name,
        metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.from(JSON.stringify(owned())) }),
      }),
      assign: async ({ members, topics }) => {
        const known = members.map(({ memberId, memberMetadata }) => {
          const metadata = MemberMetadata.decode(memberMetadata);
          return {
            id: memberId,
            topics: metadata?.topics ?? topics,
            owned: ownedOf(metadata?.userData ?? Buffer.alloc(0)),
          };
        });
        const partitions = topics.flatMap((topic) =>
          cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ topic, partition: partitionId })),
        );
        return [...assignSticky(known, partitions)].map(([memberId, shares]) => {
          const assignment: Record<string, number[]> = {};
          for (const { topic, partition } of shares) (assignment[topic] ??= []).push(partition);
          return {
            memberId,
            memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) }),
          };
        });
      },
    };
  };
