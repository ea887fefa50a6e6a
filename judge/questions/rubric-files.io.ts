import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Rubric, RubricDocument, rubricOf } from './rubric.ts';

const readRubric = (file: string): Rubric => {
  let yaml: unknown;
  try {
    yaml = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} can't be read as a rubric: ${String(error)}`, { cause: error });
  }
  const document = RubricDocument.safeParse(yaml);
  if (!document.success) throw new Error(`${file} is no rubric: ${z.prettifyError(document.error)}`);
  return rubricOf(document.data);
};

/** Reads YAML files. Throws with file, path and reason on a rubric that does not fit, and on two rubrics of one metric. */
export const readRubrics = (files: readonly string[]): Rubric[] => {
  const rubrics = files.map(readRubric);
  for (const [i, { metric }] of rubrics.entries()) {
    const first = rubrics.findIndex((rubric) => rubric.metric === metric);
    if (first !== i) throw new Error(`${files[i]} and ${files[first]} both score the metric ${metric}`);
  }
  return rubrics;
};
