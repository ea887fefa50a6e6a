import { expect, it } from 'vitest';
import { PROBLEM_KINDS, PROBLEMS, problem, problemOf } from './problem.ts';

it('each status has one kind of problem, and one that is in no table is the nearest', () => {
  for (const kind of PROBLEM_KINDS) expect(problemOf(PROBLEMS[kind].status)).toBe(kind);
  expect([problemOf(418), problemOf(505)]).toEqual(['invalid', 'internal']);
});

it('a problem is named by a URN and has issues only where there are some', () => {
  const told = { type: 'urn:coalmine:problem:not-found', title: 'Not found', status: 404, detail: 'nobody' };
  expect(problem('not-found', 'nobody')).toEqual(told);
  const issues = [{ path: 'a', reason: 'b' }];
  expect(problem('not-found', 'nobody', issues)).toEqual({ ...told, issues });
});
