/** What one metric says of one answer. `value` is null unless `status` is `scored`. */
export type Assessment = {
  status: 'scored' | 'error' | 'not_applicable';
  value: number | null;
  /** In words for people; never ''. */
  reason: string;
  /** Nothing was there to be looked at, so that it says nothing of the answer (see `absent`). */
  isAbsent?: true;
};

/** An assessment with the metric's name. */
export type Finding = Assessment & { metric: string };

export const scored = (value: number, reason: string): Assessment => ({ status: 'scored', value, reason });

/** A rate's value for one answer: 1 if it is so. */
export const rate = (isSo: boolean, reason: string): Assessment => scored(isSo ? 1 : 0, reason);

/**
 * The metric says nothing of this answer: no missing coverage. The answer was looked at, so how often this happens is evidence: a
 * version that calls no tools any more has no tool calls that are wrong.
 */
export const notApplicable = (reason: string): Assessment => ({ status: 'not_applicable', value: null, reason });

/**
 * The metric could not be asked of this answer, and was not to be: it failed, nothing of it was to be kept, a mask stands in it, its
 * request is cut or names no reference. As little missing coverage, and no evidence.
 */
export const absent = (reason: string): Assessment => ({ ...notApplicable(reason), isAbsent: true });

/** The metric should have said something and could not: missing coverage, never a pass. */
export const failed = (reason: string): Assessment => ({ status: 'error', value: null, reason });

/**
 * Why an answer can't be read. `isDue`: it is of a protocol that is read, and should have been there to be read. Where it is not,
 * nobody promised anything that a metric could be asked of. `isLong`: it is due and came, but is more than is kept of an answer.
 */
export type Unread = { ok: false; reason: string; isDue: boolean; isLong?: boolean };

/**
 * What every metric of the answer's content says where it can't be read. One that is too long is as planned: how much is kept is the
 * operator's limit, and a client that asks for more must not hold a rollout. But its length is the version's, so it
 * counts as looked at: a candidate that hides its bad answers behind their length has metrics that apply less often.
 */
export const unread = ({ reason, isDue, isLong = false }: Unread): Assessment => {
  if (isLong) return notApplicable(reason);
  return isDue ? failed(reason) : absent(reason);
};
