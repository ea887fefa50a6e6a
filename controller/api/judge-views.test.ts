import { expect, it } from 'vitest';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { judgeViews } from './judge-views.ts';

const version = (label: string, upstreamModel: string) => ({ label, upstreamModel }) as RoutingView['versions'][number];
const versions = [version('v1', 'claude-3-5-haiku'), version('v2', 'openai/gpt-4.1-mini'), version('v0', 'gpt-4o')];

it('names each metric’s judges with their families, and the compared versions of the same one', () => {
  const judges = new Map([
    ['kindness', ['llm:gpt-4o@1f2e', 'llm:claude-sonnet-4@77aa']],
    ['faithfulness', ['llm:house-judge@2']],
  ]);
  expect(judgeViews(judges, ['v2', 'v1'], versions)).toEqual([
    { metric: 'kindness', judge: 'llm:gpt-4o@1f2e', modelFamily: 'gpt', akinTo: ['v2'] },
    { metric: 'kindness', judge: 'llm:claude-sonnet-4@77aa', modelFamily: 'claude', akinTo: ['v1'] },
    { metric: 'faithfulness', judge: 'llm:house-judge@2', modelFamily: '', akinTo: [] },
  ]);
});
