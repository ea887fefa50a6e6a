import type { ClientRequest } from '../protocol/client-call.ts';
import { AdmissionCall, chainOf } from './admission-call.ts';
import type { Access, AdmissionPolicy, CallKind } from './admission-call.ts';
import { createConcurrency } from './concurrency.ts';
import { createKeys } from './keys.ts';
import type { KeysDeps } from './keys.ts';
import { createOrigins } from './origins.ts';
import { createPins } from './pins.ts';
import { createRequestLimits } from './request-limits.ts';
import type { RequestLimitsDeps } from './request-limits.ts';

export type AdmissionDeps = KeysDeps & RequestLimitsDeps;

export type CreatePolicy = (deps: AdmissionDeps) => AdmissionPolicy;

/** Every policy that a call passes, in the order in which they are asked. What is cheap to tell comes first. */
export const ADMISSION_CHAIN: readonly CreatePolicy[] = [
  createOrigins,
  createConcurrency,
  createKeys,
  createPins,
  createRequestLimits,
];

/** A call before any policy was asked. Whoever begins it sees to it that it is settled. */
export type BeginCall = (kind: CallKind, client: ClientRequest, access: Access) => AdmissionCall;

export const createAdmission = (deps: AdmissionDeps, policies = ADMISSION_CHAIN): BeginCall => {
  const chain = chainOf(policies.map((create) => create(deps)));
  return (kind, client, access) => new AdmissionCall(chain, kind, client, access);
};
