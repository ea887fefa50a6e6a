import { expect, it } from 'vitest';
import { NO_RULES, type RoutingView } from '../../schemas/routing-view.ts';
import { exchangeOf } from '../answers/exchange.fixture.ts';
import { createRolloutFacts } from './rollout-facts.ts';

const viewOf = (more: Partial<RoutingView>): RoutingView => ({
  agent: 'support',
  sequence: 1,
  rollout: 'support-1',
  salt: 's',
  arms: [{ name: 'stable', version: 'v1', upstream: 'http://v1', weight: 100 }],
  versions: [
    {
      label: 'v1',
      id: 'v1',
      upstream: 'http://v1',
      promptUsdPerMillion: 0,
      completionUsdPerMillion: 0,
      cachedPromptUsdPerMillion: null,
      upstreamModel: 'gpt-4o',
    },
  ],
  rules: NO_RULES,
  flags: [],
  shadow: null,
  shadowTools: 'pass',
  http: null,
  judging: { candidatePct: 50, stablePct: 10 },
  judgedPct: 100,
  slices: [],
  metrics: [],
  events: [],
  issuedAt: 0,
  ...more,
});

it('a rollout’s plan outlasts the rollout, for its last exchanges are on their way then', () => {
  const facts = createRolloutFacts();
  const exchange = exchangeOf({ agent: 'support', rollout: 'support-1' });
  expect(facts.planOf(exchange)).toBeUndefined();
  facts.learn(viewOf({}));
  facts.learn(viewOf({ rollout: '', judging: null }));
  expect(facts.planOf(exchange)).toEqual({ salt: 's', judging: { candidatePct: 50, stablePct: 10 } });
  expect(facts.planOf({ ...exchange, agent: 'other' })).toBeUndefined();
});

it('a rollout’s newest plan counts', () => {
  const facts = createRolloutFacts();
  facts.learn(viewOf({}));
  facts.learn(viewOf({ judging: null }));
  expect(facts.planOf(exchangeOf({ agent: 'support', rollout: 'support-1' }))?.judging).toBeNull();
});

it('a version’s model is the one that its upstream wants', () => {
  const facts = createRolloutFacts();
  facts.learn(viewOf({}));
  expect(facts.modelOf('support', 'v1')).toBe('gpt-4o');
  expect(facts.modelOf('support', 'v9')).toBe('');
});

it('answers of the version in service have the share that the agent’s document gives them, also while a rollout runs', () => {
  const facts = createRolloutFacts();
  facts.learn(viewOf({ judgedPct: 5 }));
  const plan = facts.planOf(exchangeOf({ agent: 'support', rollout: '' }));
  expect(plan?.judging).toEqual({ candidatePct: 5, stablePct: 5 });
});
