import type { AdmissionCall } from '../admission/admission-call.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import type { UpstreamSocketRequest } from '../protocol/socket-call.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import type { Target } from '../routing/route.ts';

/** A connection that was admitted and routed. */
export type AdmittedSocket = {
  /** Settled once the connection is over, whether it was ever open or not. */
  call: AdmissionCall;
  request: RoutedRequest;
  /** How to reach a target; a failure if its upstream is to be left alone and another may answer. */
  callFor: (target: Target, tried: readonly Target[]) => UpstreamSocketRequest | UpstreamFailure;
};
