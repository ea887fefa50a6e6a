import type { Feedback } from '../../schemas/feedback.ts';

type Dated<T> = { value: T; receivedAtMs: number };

/** What people said of one exchange, the latest of each. */
type Said = { labels: Map<string, Dated<number>>; thumbs: Dated<boolean> | null; taskSuccess: Dated<boolean> | null };

/** `repeats`: feedback that stood in the log already. `replaced`: verdicts that a later one took the place of. */
export type LabelCounts = { feedback: number; repeats: number; labels: number; replaced: number };

export type Labels = {
  add(feedback: Feedback): void;
  of(exchangeId: string): Said | undefined;
  counts(): LabelCounts;
};

const saysNothing = ({ labels, thumbs, taskSuccess }: Feedback): boolean =>
  labels.length === 0 && thumbs === null && taskSuccess === null;

/**
 * People's verdicts by exchange. Feedback of one id counts once, wherever in the log it stands again. Nobody knows who labels,
 * so where verdicts on one metric of one exchange differ, the one received last wins, and of two received at once the later in
 * the log. It does not matter how long after the score a label comes.
 */
export const createLabels = (wants: (feedback: Feedback) => boolean): Labels => {
  const saidOf = new Map<string, Said>();
  const known = new Set<string>();
  const counts = { feedback: 0, repeats: 0, replaced: 0 };

  const latest = <T>(before: Dated<T> | null | undefined, now: Dated<T>): Dated<T> => {
    if (!before) return now;
    if (before.value !== now.value) counts.replaced += 1;
    return now.receivedAtMs >= before.receivedAtMs ? now : before;
  };

  return {
    add: (feedback) => {
      if (!wants(feedback) || saysNothing(feedback)) return;
      counts.feedback += 1;
      if (known.has(feedback.feedbackId)) {
        counts.repeats += 1;
        return;
      }
      known.add(feedback.feedbackId);
      const { exchangeId, receivedAtMs, thumbs, taskSuccess } = feedback;
      const said: Said = saidOf.get(exchangeId) ?? { labels: new Map(), thumbs: null, taskSuccess: null };
      saidOf.set(exchangeId, said);
      for (const { metric, value } of feedback.labels)
        said.labels.set(metric, latest(said.labels.get(metric), { value, receivedAtMs }));
      if (thumbs !== null) said.thumbs = latest(said.thumbs, { value: thumbs === 'up', receivedAtMs });
      if (taskSuccess !== null) said.taskSuccess = latest(said.taskSuccess, { value: taskSuccess, receivedAtMs });
    },
    of: (exchangeId) => saidOf.get(exchangeId),
    counts: () => {
      let labels = 0;
      for (const said of saidOf.values()) labels += said.labels.size;
      return { ...counts, labels };
    },
  };
};
