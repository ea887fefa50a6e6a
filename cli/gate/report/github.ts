import path from 'node:path';
import { type GateResult, headlineOf } from '../gate-result.ts';
import { shortened } from '../../output/plain.ts';
import { plainText } from './plain-line.ts';
import type { Report } from './report.ts';

/** So many of a kind are shown of one step. */
const MAX_ANNOTATIONS = 10;
const MAX_TEXT = 1_000;

const data = (text: string): string =>
  shortened(plainText(text), MAX_TEXT).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

type Annotation = {
  level: 'error' | 'warning' | 'notice';
  file: string;
  line?: number;
  title: string;
  message: string;
};

const command = ({ level, file, line, title, message }: Annotation): string => {
  const place = [`file=${property(file)}`, ...(line === undefined ? [] : [`line=${line}`]), `title=${property(title)}`];
  return `::${level} ${place.join(',')}::${data(message)}`;
};

/** Files are named from where the runner checked the repository out. */
const inRepository = (file: string): string =>
  path.relative(process.env['GITHUB_WORKSPACE'] ?? process.cwd(), path.resolve(file)) || file;

const annotationsOf = ({ plan, planFile, dataset, verdict, worst }: GateResult): Annotation[] => {
  const blocking = verdict.rows.filter((row) => row.verdict !== 'pass').slice(0, MAX_ANNOTATIONS);
  const rows = blocking.map(({ name, sentence, verdict }): Annotation => ({
    level: 'error',
    file: inRepository(planFile),
    title: `${plan}: ${name} ${verdict === 'fail' ? 'fails' : 'could not be decided'}`,
    message: sentence,
  }));
  const questions = worst
    .filter(({ line }) => line > 0)
    .slice(0, MAX_ANNOTATIONS)
    .map(({ id, line, findings }): Annotation => ({
      level: 'warning',
      file: inRepository(dataset.file),
      line,
      title: `${plan}: ${id}`,
      message: findings.join('\n'),
    }));
  return verdict.verdict === 'pass' ? [] : [...rows, ...questions];
};

/** Commands to GitHub's runner, which shows them at the files: what blocks at the plan, the worst questions at the dataset. */
export const github: Report = (result) => {
  const annotations = annotationsOf(result);
  const told: Annotation = {
    level: 'notice',
    file: inRepository(result.planFile),
    title: `Gate ${result.plan}`,
    message: headlineOf(result),
  };
  return (annotations.length === 0 ? [told] : annotations).map(command).join('\n');
};
