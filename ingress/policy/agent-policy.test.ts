import { expect, it } from 'vitest';
import { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { agentPolicies } from './agent-policy.ts';

it('an agent has its own policy if it is named, else the defaults, whatever it is called', () => {
  const of = agentPolicies(
    IngressPolicy.parse({
      apiVersion: 'coalmine/v1',
      kind: 'IngressPolicy',
      metadata: { name: 'p' },
      spec: { defaults: { capture: { mode: 'full' } }, agents: { payroll: { capture: { mode: 'none' } } } },
    }),
  );
  expect(['payroll', 'support', 'constructor', '__proto__'].map((agent) => of(agent).capture.mode)).toEqual([
    'none',
    'full',
    'full',
    'full',
  ]);
});
