import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenChat, type RunningServer } from '../../../examples/chat-api/chat-server.ts';
import { judgeServer } from '../../../examples/judge/judge-server.ts';
import { createGateBench } from '../gate-process.harness.ts';

let bench: ReturnType<typeof createGateBench>;
let judge: RunningServer;
let asked = 0;
beforeEach(async () => {
  bench = createGateBench();
  asked = 0;
  const local = judgeServer({ failShare: 0.1, garbageShare: 0 });
  judge = await listenChat({ ...local, reply: (request) => ((asked += 1), local.reply(request)) }, 0);
});
afterEach(async () => {
  await bench.close();
  await judge.close();
});

const COUNT = 20;
const FACT = 'Order ORD-1 was shipped on Monday.';
const rubric = (name: string): string => path.resolve(import.meta.dirname, `../../../examples/judge/${name}.yaml`);
const judgesWith = (rubrics: readonly string[] = []): object => ({
  model: {
    url: `http://127.0.0.1:${judge.port}/v1`,
    name: 'local-judge',
    promptUsdPerMillion: 10,
    completionUsdPerMillion: 30,
  },
  rubrics,
});
const questions = (): void => {
  const rows = Array.from({ length: COUNT }, (_, i) => ({
    id: `q${i}`,
    question: `Where is ORD-1, asked ${i}?`,
    context: [FACT],
  }));
  writeFileSync(bench.file('questions.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
};
const run = (args: readonly string[]) => bench.run(args);

type Report = {
  verdict: string;
  judge: { usd: number; estimatedUsd: number; questions: number };
  candidate: { costUsd: number | null };
  rows: { name: string; candidate: number; baseline: number | null }[];
};
const reportOf = (stdout: string): Report => JSON.parse(stdout) as Report;

describe('what models judge', { timeout: 60_000 }, () => {
  it('is scored as it is online, with its cost told before and after, and paid once', async () => {
    questions();
    const { url } = await bench.agent(() => ({ content: FACT }));
    const plan = bench.plan({
      candidate: { url },
      judges: judgesWith(),
      criteria: [
        { metric: 'faithfulness', min: 0.9 },
        { metric: 'hallucination', max: 0.1 },
      ],
    });
    const first = await run(['-f', plan, '--json']);
    expect(first.stderr).toMatch(
      /judging by local-judge: 20 questions, about \$0\.\d+ \(before the answers are known\)/,
    );
    const report = reportOf(first.stdout);
    expect([first.code, report.verdict, report.candidate.costUsd]).toEqual([0, 'pass', null]);
    expect(report.rows.map(({ name, candidate }) => [name, candidate])).toEqual([
      ['faithfulness', 1],
      ['hallucination', 0],
      ['error_rate', 0],
    ]);
    expect(report.judge.questions).toBe(COUNT);
    expect(report.judge.usd).toBeGreaterThan(0);
    expect(asked).toBeGreaterThanOrEqual(COUNT);
    const before = asked;
    const second = await run(['-f', plan, '--json', '--reuse']);
    expect([second.code, asked, reportOf(second.stdout).judge.usd]).toEqual([0, before, 0]);
    await run(['-f', plan, '--json', '--fresh']);
    expect(asked).toBeGreaterThanOrEqual(before + COUNT);
  });

  it('blocks an agent that makes things up, and names the claim', async () => {
    questions();
    const { url } = await bench.agent(() => ({ content: 'Order ORD-1 was eaten by a bear in Norway.' }));
    const plan = bench.plan({
      candidate: { url },
      judges: judgesWith(),
      criteria: [{ metric: 'faithfulness', min: 0.9 }],
    });
    const { code, stdout } = await run(['-f', plan]);
    expect([code, stdout]).toEqual([3, expect.stringContaining('0 of 1 claims are supported; not found:')]);
  });

  it('by a rubric: of each answer, and of pairs the candidate’s beside the baseline’s', async () => {
    questions();
    const kind = await bench.agent(() => ({
      content:
        'I am so sorry, I understand how frustrating this is. It was shipped on Monday. Thank you for your patience.',
    }));
    const curt = await bench.agent(() => ({ content: 'Shipped.' }));
    const criteria = [
      { metric: 'tone', min: 0.1 },
      { metric: 'better_answer', min: 0.5 },
    ];
    const plan = bench.plan({
      candidate: { url: kind.url },
      baseline: { url: curt.url },
      judges: judgesWith([rubric('tone'), rubric('better-answer')]),
      criteria,
    });
    const { code, stdout } = await run(['-f', plan, '--json']);
    const rows = reportOf(stdout).rows;
    expect(code).toBe(0);
    for (const { candidate, baseline } of rows.slice(0, 2)) expect(candidate).toBeGreaterThan(baseline ?? 1);
  });

  it('is not begun where it would cost more than it may, before anybody is asked', async () => {
    questions();
    const { url, asked: ofAgent } = await bench.agent(() => ({ content: FACT }));
    const plan = bench.plan({
      candidate: { url },
      judges: judgesWith(),
      criteria: [{ metric: 'faithfulness', min: 0.9 }],
    });
    const { code, stderr } = await run(['-f', plan, '--max-judge-usd', '0.0001']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('more than the $0.0001 that it may')]);
    expect([asked, ofAgent.length]).toEqual([0, 0]);
  });

  it('that can’t be judged is no pass: 4 where the judge does not answer', async () => {
    questions();
    const { url } = await bench.agent(() => ({ content: FACT }));
    await judge.close();
    const plan = bench.plan({
      candidate: { url },
      judges: judgesWith(),
      criteria: [{ metric: 'faithfulness', min: 0.9 }],
    });
    const { code, stdout } = await run(['-f', plan]);
    expect([code, stdout]).toEqual([4, expect.stringContaining('20 questions could not be measured')]);
  });

  it.each([
    ['no judges', [{ metric: 'faithfulness', min: 1 }], undefined, 'give spec.judges with its model'],
    [
      'an unknown rubric',
      [{ metric: 'tome', min: 1 }],
      ['tone'],
      'asks for tome, which no metric and no rubric of spec.judges.rubrics is called; did you mean tone?',
    ],
    [
      'pairs without a baseline',
      [{ metric: 'better_answer', min: 1 }],
      ['better-answer'],
      'compares two answers: give a baseline',
    ],
    ['no embeddings', [{ metric: 'semantic_similarity', min: 1 }], [], 'needs spec.judges.embeddings'],
  ])('is refused by 2: %s', async (_, criteria, rubrics, told) => {
    questions();
    const judges = rubrics === undefined ? {} : { judges: judgesWith(rubrics.map(rubric)) };
    const plan = bench.plan({ candidate: { url: 'http://127.0.0.1:1/v1' }, criteria, ...judges });
    expect(await run(['-f', plan])).toMatchObject({ code: 2, stderr: expect.stringContaining(told) });
  });
});
