import { ADMISSION_CHAIN } from '../../ingress/admission/chain.ts';
import type { AdmissionDeps } from '../../ingress/admission/chain.ts';
import { createPolicyInForce } from '../../ingress/policy/policy-in-force.ts';
import { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { table } from './table.ts';

const document = IngressPolicy.parse({
  apiVersion: 'coalmine/v1',
  kind: 'IngressPolicy',
  metadata: { name: 'none' },
  spec: {},
});

/** Nobody is asked: the policies are made only for what they say of themselves. */
const NOBODY: AdmissionDeps = {
  policy: createPolicyInForce(() => document),
  addressOf: () => '',
  findKey: () => undefined,
  areKeysCurrent: () => true,
  limiter: { take: () => null },
  nowMs: () => 0,
  isOnLoopback: true,
};

/** The chain of admission in its order. */
export const admissionTable = (): string =>
  table(
    ['', 'policy', 'asks for'],
    ADMISSION_CHAIN.map((create, i) => {
      const { name, about } = create(NOBODY);
      return [String(i + 1), name, about];
    }),
  );
