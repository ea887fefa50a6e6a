import type { Measured, Value } from '../../cli/gate/measured.ts';

/** What two versions answered to the same questions. */
export type Sides = { candidate: readonly Measured[]; baseline: readonly Measured[] };

/** What there is to draw from: of each task or question all the recorded answers, alike likely; each side draws its own. */
export type Pool = readonly (readonly Measured[])[];

export type World = {
  pool: Pool;
  /** Questions that come out alike, since they are one session's. */
  sessionOf: number;
  /** How often each question is asked. */
  repeats: number;
  /** Points of `task_success`, of a hundred, that the candidate truly loses. */
  dropPoints: number;
};

const successOf = ({ values }: Measured): number => {
  const success = values['task_success'];
  return success !== undefined && 'value' in success ? success.value : 0;
};

const meanSuccess = (pool: Pool): number => {
  const rates = pool.map((answers) => answers.reduce((sum, one) => sum + successOf(one), 0) / answers.length);
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
};

const FAILED: Value = { value: 0 };

/** An answer that would have been right, but for the change. */
const broken = (one: Measured): Measured => {
  const isScored = (name: string): boolean => 'value' in (one.values[name] ?? {});
  const spoilt = ['task_success', 'tool_accuracy'].filter(isScored).map((name) => [name, FAILED]);
  return { ...one, values: { ...one.values, ...Object.fromEntries(spoilt) } };
};

/**
 * A golden set of `n` questions drawn from the pool with replacement, and both sides' answers: two independent draws of each question's
 * recorded answers. Of the candidate's each is then broken with such a chance that it loses the points of its world on average.
 */
export const drawSides = ({ pool, sessionOf, repeats, dropPoints }: World, n: number, random: () => number): Sides => {
  const chance = dropPoints / 100 / meanSuccess(pool);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const candidate: Measured[] = [];
  const baseline: Measured[] = [];
  for (let session = 0; session * sessionOf < n; session++) {
    const answers = pick(pool);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const [own, other] = [pick(answers), pick(answers)];
      const answered = random() < chance ? broken(own) : own;
      for (let i = session * sessionOf; i < Math.min(n, (session + 1) * sessionOf); i++) {
        const place = { caseId: `q${i}`, cluster: `s${session}`, repeat };
        candidate.push({ ...answered, ...place });
        baseline.push({ ...other, ...place });
      }
    }
  }
  return { candidate, baseline };
};
