import { PROBLEM_KINDS, PROBLEMS, problemType } from '../../schemas/problem.ts';
import { table } from './table.ts';

/** Every kind of refusal of the controller's API. */
export const problemTable = (): string =>
  table(
    ['status', 'type', 'when'],
    PROBLEM_KINDS.map((kind) => [String(PROBLEMS[kind].status), `\`${problemType(kind)}\``, PROBLEMS[kind].about]),
  );
