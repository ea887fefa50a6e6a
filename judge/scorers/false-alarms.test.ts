import { describe, expect, it } from 'vitest';
import { createToolCallCheck } from '../answers/tool-schema.ts';
import { HAS_RECORDED, RECORDED_DIR, recordedAnswers } from './cases/recorded.fixture.ts';
import { cutAnswer } from './cut-answer.ts';
import { degenerate } from './degenerate.ts';
import { emptyAnswer } from './empty-answer.ts';
import { foundIn } from './rule-scorer.ts';

const MOST_ALARMS = 0.005;

describe.skipIf(!HAS_RECORDED)(`recorded answers (skipped when ${RECORDED_DIR} is absent)`, () => {
  it.each([emptyAnswer, cutAnswer, degenerate])('are seldom held for $name', (rule) => {
    const check = createToolCallCheck();
    const findings = recordedAnswers().map(({ answered }) =>
      rule.find(foundIn({ answered, reference: undefined, check })),
    );
    expect(findings.length).toBeGreaterThan(8_000);
    expect(findings.filter(({ status }) => status === 'error')).toEqual([]);
    const applicable = findings.filter(({ value }) => value !== null);
    const alarms = applicable.filter(({ value }) => value === 1);
    expect(alarms.length / applicable.length).toBeLessThanOrEqual(MOST_ALARMS);
  });
});
