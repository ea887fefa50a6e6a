import { expect, it } from 'vitest';
import { GateDocument, WORST_QUESTIONS } from '../../schemas/gate-document.ts';
import { gateDocument } from './filing.ts';
import { resultOf, worstOf } from './report/gate-result.fixture.ts';

const dataset = { file: 'questions.jsonl', cases: 500, id: 'ab'.repeat(32) };
const filed = (worst: ReturnType<typeof worstOf>[]) =>
  GateDocument.parse(gateDocument(resultOf({ worst, dataset }), { label: 'v2' })).spec;

it('files the worst questions without personal data, as many and as much of them as a decision has room for', () => {
  const long = 'so it goes '.repeat(200);
  const worst = Array.from({ length: 12 }, (_, i) =>
    worstOf({
      id: `q${i}`,
      question: `Write to ann@example.com: ${long}`,
      candidate: long,
      findings: Array(9).fill(long),
    }),
  );
  const spec = filed(worst);
  expect(spec.worst.map(({ id }) => id)).toEqual(Array.from({ length: WORST_QUESTIONS.questions }, (_, i) => `q${i}`));
  const [first] = spec.worst;
  expect(first?.question).toMatch(/^Write to \[EMAIL\]: so it goes/);
  expect(first?.candidate.length).toBeLessThanOrEqual(WORST_QUESTIONS.textChars);
  expect(first?.findings).toHaveLength(WORST_QUESTIONS.findings);
  expect(JSON.stringify(spec.worst).length).toBeLessThan(32 * 1024);
});

it('files both answers, what is right, and what was found; a verdict of before has no questions', () => {
  const { line: _, ...told } = worstOf();
  expect(filed([worstOf()]).worst).toEqual([told]);
  const { worst: _worst, ...before } = filed([]);
  const document = { apiVersion: 'coalmine/v1', kind: 'Gate', metadata: { name: 'golden' }, spec: before };
  expect(GateDocument.parse(document).spec.worst).toEqual([]);
});
