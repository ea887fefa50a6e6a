/** A partition's next offset, and whether it is still to be committed when its turn comes. */
export type WantedCommit = { topic: string; partition: number; offset: number; isWanted: () => boolean };
export type SentCommit = { topic: string; partition: number; offset: number };

/** How long a commit waits for those of the member's other partitions; after a crash so much more is read again. */
const GATHER_MS = 250;

export type GroupCommits = {
  /** Resolves when the offset, or a later one of its partition, is committed. Rejects if it could not be or was no longer wanted. */
  add(commit: WantedCommit): Promise<void>;
  /** Commits at once what waits. */
  flush(): Promise<void>;
};

/** Commits what all partitions of one group member have to commit in one request, a few times a second at most. */
export const createGroupCommits = (send: (offsets: SentCommit[]) => Promise<void>): GroupCommits => {
  let waiting = new Map<string, WantedCommit>();
  let timer: NodeJS.Timeout | undefined;
  let next = Promise.withResolvers<void>();

  const sendAll = async (commits: readonly WantedCommit[]): Promise<void> => {
    const offsets = commits.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    if (offsets.length > 0) await send(offsets);
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const [gathered, { promise, resolve, reject }] = [waiting, next];
    waiting = new Map();
    next = Promise.withResolvers<void>();
    const sent = sendAll([...gathered.values()].filter(({ isWanted }) => isWanted()));
    sent.then(resolve, reject);
    await promise.catch(() => {});
  };
  return {
    add: async (commit) => {
      waiting.set(`${commit.topic}|${commit.partition}`, commit);
      timer ??= setTimeout(() => void flush(), GATHER_MS);
      await next.promise;
      if (!commit.isWanted()) throw new Error('the partition was revoked before its offset was committed');
    },
    flush,
  };
};
