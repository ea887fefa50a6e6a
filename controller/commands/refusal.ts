import type { Issue, ProblemKind } from '../../schemas/problem.ts';

export type Refusal = {
  kind: ProblemKind;
  message: string;
  issues: Issue[];
};

export const invalid = (issues: Issue[]): Refusal => ({
  kind: 'invalid',
  message: `refused: ${issues.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`)).join('; ')}`,
  issues,
});

export const conflict = (message: string): Refusal => ({ kind: 'conflict', message, issues: [] });
export const unknown = (message: string): Refusal => ({ kind: 'not-found', message, issues: [] });
export const forbidden = (message: string): Refusal => ({ kind: 'forbidden', message, issues: [] });
export const stale = (message: string): Refusal => ({ kind: 'stale', message, issues: [] });
/** In the same words whether it isn't there or the key may not see it. */
export const noAgent = (agent: string): Refusal => unknown(`there is no agent ${agent}`);
export const unavailable = (message: string): Refusal => ({ kind: 'unavailable', message, issues: [] });

/** What came of a wish: what was wished for, or why not. */
export type Answer<T> = { ok: T } | { refusal: Refusal };
