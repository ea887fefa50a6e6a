import path from 'node:path';
import { z } from 'zod';
import { benchmarkCase } from './benchmark-case.ts';
import { type DatasetReader, jsonFileOf, wrongAt } from './reader.ts';

export const QUESTIONS_FILE = 'ori_pqal.json';
const TEST_FILE = 'test_ground_truth.json';

const Verdict = z.enum(['yes', 'no', 'maybe']);
/** `LONG_ANSWER` is the abstract's conclusion, which its reader is not shown. */
const Question = z.object({ QUESTION: z.string(), CONTEXTS: z.array(z.string()), YEAR: z.string().nullish() });
const Questions = z.record(z.string(), Question);
const Truth = z.record(z.string(), Verdict);

const TASK = 'Answer the question by the abstract alone, with one word: yes, no or maybe.';

/** The 500 questions of PubMedQA's test split (Jin et al. 2019), each with its abstract; right is what its authors found. */
export const pubmedqa: DatasetReader = (folder) => {
  const file = path.join(folder, QUESTIONS_FILE);
  const questions = jsonFileOf(file, Questions);
  return Object.entries(jsonFileOf(path.join(folder, TEST_FILE), Truth)).map(([id, golden]) => {
    const asked = questions[id];
    if (asked === undefined) throw wrongAt(file, 0, `has no question ${id}, which ${TEST_FILE} names`);
    const abstract = asked.CONTEXTS.join('\n\n');
    return benchmarkCase({
      id,
      request: {
        messages: [
          { role: 'system', content: TASK },
          { role: 'user', content: `${abstract}\n\nQuestion: ${asked.QUESTION}` },
        ],
      },
      golden,
      accepted: undefined,
      tags: [golden],
      slices: { truth: golden, ...(asked.YEAR ? { year: asked.YEAR } : {}) },
    });
  });
};
