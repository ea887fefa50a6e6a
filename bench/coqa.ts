import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { findingsOf } from '../judge/scorers/cases/measured.fixture.ts';
import { EXAMINATIONS } from '../judge/scorers/examinations.ts';

/**
 * CoQA's answers through the faithfulness pipeline with the local judge in the model's place: the story is the context, the answer
 * what was handed in. `node bench/coqa.ts [--data ../shared/data/autoevals/coqa-factuality.json] [--json]`. The rows are right
 * answers (1), answers to another question about the same story (0), and a right answer among wrong ones (0.6). A wrong answer
 * is in the story's words, so word overlap can hardly tell it: this shows that the plumbing holds, not how well a model judges.
 * With --json the last line is {rows, kinds: {right|mixed|wrong: {faithful, unfaithful, notApplicable, errors}}, precision,
 * recall}, both of finding wrong answers, mixed ones left aside.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/autoevals/coqa-factuality.json' },
    json: { type: 'boolean', default: false },
  },
});

const Rows = z.array(
  z.object({
    input: z.object({ input: z.string(), output: z.string() }),
    expected: z.number(),
    metadata: z.object({ story: z.string() }),
  }),
);

type Tally = { faithful: number; unfaithful: number; notApplicable: number; errors: number };
const tally = (): Tally => ({ faithful: 0, unfaithful: 0, notApplicable: 0, errors: 0 });

function readRows(path: string): z.output<typeof Rows> {
  if (!existsSync(path))
    throw new Error(`${path} is not there: name the file with --data, or leave this bench out; nothing else needs it`);
  const parsed = Rows.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${path} is no list of {input: {input, output}, expected, metadata: {story}}: ${issue?.message}`);
  }
  return parsed.data;
}

const kindOf = (expected: number): 'right' | 'mixed' | 'wrong' => {
  if (expected === 1) return 'right';
  return expected === 0 ? 'wrong' : 'mixed';
};

function count(rows: z.output<typeof Rows>): Record<'right' | 'mixed' | 'wrong', Tally> {
  const kinds = { right: tally(), mixed: tally(), wrong: tally() };
  for (const { input, expected, metadata } of rows) {
    const messages = [
      { role: 'system', content: `Answer from this story.\n${metadata.story}` },
      { role: 'user', content: input.input },
    ];
    const findings = findingsOf(EXAMINATIONS['faithfulness']!, { request: { messages }, answer: input.output });
    const hallucination = findings.find(({ metric }) => metric === 'hallucination')!;
    const into = kinds[kindOf(expected)];
    if (hallucination.status === 'error') into.errors += 1;
    else if (hallucination.value === null) into.notApplicable += 1;
    else into[hallucination.value === 1 ? 'unfaithful' : 'faithful'] += 1;
  }
  return kinds;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

try {
  const rows = readRows(values.data);
  const kinds = count(rows);
  const { right, wrong } = kinds;
  const precision = ratio(wrong.unfaithful, wrong.unfaithful + right.unfaithful);
  const recall = ratio(wrong.unfaithful, wrong.faithful + wrong.unfaithful + wrong.notApplicable + wrong.errors);
  console.log(`${rows.length} answers of CoQA by the local judge: plumbing, not judge quality`);
  console.table(kinds);
  console.log(`wrong answers found unfaithful: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`);
  if (values.json) console.log(JSON.stringify({ rows: rows.length, kinds, precision, recall }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
