import { describe, expect, it } from 'vitest';
import { CalibrationDocument } from '../../schemas/calibration.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { ScoreSheet, ScoreSheetRecord } from '../../schemas/score.ts';
import { type OneScore, sheetWith } from '../../schemas/score.fixture.ts';
import { createLabels } from './labels.ts';
import { documentsOf, reportLines, reportOf } from './report.ts';
import { createScoreSums } from './score-sums.ts';

const of = {
  agent: 'support',
  rollout: 'r#1',
  routingSequence: 1,
  version: 'v1',
  arm: 'stable',
  evidence: true,
} as const;

const feedback = (over: Partial<Feedback>): Feedback => ({
  ...of,
  feedbackId: `f-${JSON.stringify(over)}`,
  exchangeId: 'e1',
  subjectBucket: 0,
  thumbs: null,
  rating: null,
  taskSuccess: null,
  tags: [],
  comment: null,
  labels: [],
  events: [],
  scores: [],
  exchangeAtMs: 1,
  receivedAtMs: 10,
  ...over,
});

const score = (over: OneScore): ScoreSheet =>
  sheetWith({
    ...of,
    sheetId: JSON.stringify(over),
    subjectBucket: 0,
    scorer: 'llm:m',
    scorerVersion: 'abc',
    value: 0.9,
    ...over,
  });

const stamped = (events: readonly ScoreSheet[]): ScoreSheetRecord[] =>
  events.map((event, i) => ({ source: 'judge-1', sequence: i + 1, timeMs: 1, event, tick: null }));

const empathy = (value: number): Feedback['labels'] => [{ metric: 'empathy', value }];

const played = (said: readonly Feedback[], records: readonly ScoreSheetRecord[]) => {
  const labels = createLabels(() => true);
  for (const one of said) labels.add(one);
  const sums = createScoreSums(labels, () => true, 0.5);
  for (const record of records) sums.add(0, record);
  return { report: reportOf(sums.groups(), 0.5, true), labels: labels.counts(), scores: sums.counts() };
};

describe('labels', () => {
  it('count once however often the same feedback stands in the log, even behind one that took its place', () => {
    const first = feedback({ feedbackId: 'a', labels: empathy(0), receivedAtMs: 1 });
    const second = feedback({ feedbackId: 'b', labels: empathy(1), receivedAtMs: 2 });
    const { report, labels } = played([first, second, { ...first, receivedAtMs: 3 }], stamped([score({})]));
    expect(labels).toEqual({ feedback: 3, repeats: 1, labels: 1, replaced: 1 });
    expect(report.rows[0]).toMatchObject({ count: 1, agreement: { value: 1 } });
  });

  it('that contradict each other: the one received last wins, whatever their order in the log', () => {
    const early = feedback({ labels: empathy(1), receivedAtMs: 5 });
    const late = feedback({ labels: empathy(0), receivedAtMs: 6 });
    for (const said of [
      [early, late],
      [late, early],
    ])
      expect(played(said, stamped([score({})])).report.rows[0]).toMatchObject({ count: 1, agreement: { value: 0 } });
  });

  it('join however long after the score they come, and count for nothing where there is no score', () => {
    const late = feedback({ labels: empathy(1), receivedAtMs: 1e12 });
    const lonely = feedback({ exchangeId: 'elsewhere', labels: empathy(1) });
    const { report, labels } = played([late, lonely], stamped([score({}), score({ exchangeId: 'e2' })]));
    expect(labels.labels).toBe(2);
    expect(report.rows[0]).toMatchObject({ count: 1, judged: 2 });
  });
});

describe('scores', () => {
  it('that stand in the log again, by number or by id, count once', () => {
    const records = stamped([score({}), score({ exchangeId: 'e2' })]);
    const again = { ...records[1]!, sequence: 3 };
    const { report, scores } = played([], [...records, records[0]!, again]);
    expect(scores).toEqual({ scores: 2, repeats: 2, unscored: 0 });
    expect(report.rows[0]).toMatchObject({ judged: 2 });
  });

  it('of shadows and of measures are left out, and labelled answers without a value are counted', () => {
    const { report, scores } = played(
      [feedback({ labels: empathy(1) })],
      stamped([
        score({ kind: 'shadow', shadowId: 's' }),
        score({ metric: 'length', value: 3 }),
        score({ status: 'error', value: null }),
      ]),
    );
    expect([report.rows, scores]).toEqual([[], { scores: 1, repeats: 0, unscored: 1 }]);
  });
});

const labelled = (count: number, arm: string, value: number, label: number) =>
  Array.from({ length: count }, (_, i) => {
    const exchangeId = `${arm}-${value}-${label}-${i}`;
    return {
      said: feedback({ exchangeId, labels: empathy(label), thumbs: label === 1 ? 'up' : 'down', taskSuccess: true }),
      score: score({ exchangeId, arm, value }),
    };
  });

describe('the report', () => {
  const all = [
    ...labelled(30, 'stable', 0.9, 1),
    ...labelled(10, 'stable', 0.1, 0),
    ...labelled(20, 'candidate', 0.9, 1),
    ...labelled(18, 'candidate', 0.1, 0),
    ...labelled(2, 'candidate', 0.9, 0),
  ];
  const others = Array.from({ length: 200 }, (_, i) => score({ exchangeId: `u${i}`, value: i % 4 === 0 ? 0.1 : 0.9 }));
  const { report } = played(
    all.map(({ said }) => said),
    stamped([...all.map((one) => one.score), ...others, score({ scorerVersion: 'new', exchangeId: 'x' })]),
  );

  it('keeps scorer versions apart, and says of each whether it is calibrated', () => {
    expect(report.rows.map((row) => [row.scorerVersion, row.count, row.judged, row.notCalibrated])).toEqual([
      ['abc', 80, 280, null],
      ['new', 0, 1, '0 of 30 labels'],
    ]);
    expect(report.rows[0]).toMatchObject({ falsePositive: { value: 2 / 30 }, falseNegative: { value: 0 } });
    expect(report.rows[0]?.ppi.effectiveLabels).toBeGreaterThan(80);
  });

  it('shows thumbs apart, and success only beside metrics of success', () => {
    expect(report.apart.map(({ basis, count }) => [basis, count])).toEqual([['thumbs', 80]]);
  });

  it('tells by how much people would find an arm worse than stable', () => {
    const [found] = report.differences;
    expect(found).toMatchObject({ arm: 'candidate', labels: 40, stableLabels: 40 });
    expect(found!.difference.mean).toBeLessThan(-0.15);
    expect(found!.difference.upper).toBeLessThan(0);
  });

  it('becomes one document a scorer version with labels, which its schema takes', () => {
    const documents = documentsOf(report, 7);
    expect(documents.map((document) => CalibrationDocument.parse(document))).toEqual(documents);
    expect(documents[0]?.metadata.name).toMatch(/^empathy-[0-9a-f]{12}$/);
    expect(documents[0]?.spec).toMatchObject({ labels: 80, agreement: 78 / 80, calibratedAtMs: 7 });
    expect(documents).toHaveLength(1);
  });

  it('prints a line for each row, with a dash where there is nothing to say', () => {
    const lines = reportLines(report);
    expect(lines[0]).toMatch(/^AGENT +METRIC +SCORER +VERSION +LABELS +AGREE/);
    expect(lines[1]).toMatch(/^support +empathy +llm:m +abc +80 +0\.97 \[0\.91, 0\.99\].* yes$/);
    expect(lines[2]).toMatch(/new +0 +- .*no: 0 of 30 labels$/);
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('takes a thumb down for a verdict of bad where lower is better, too', () => {
    const { report } = played([feedback({ thumbs: 'down' })], stamped([score({ metric: 'toxicity', value: 1 })]));
    expect(report.apart[0]).toMatchObject({ metric: 'toxicity', agreement: { value: 1 } });
  });
});
