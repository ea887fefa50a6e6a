import { isEvidence } from '../../schemas/exchange.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { mayBeProvoked } from '../routing/provoked.ts';
import type { Target } from '../routing/route.ts';

/** Whoever answered, in which protocol, whether another version failed before, and whether the request can't be sent again. */
type Answering = { served: Target; isRaw: boolean; hasFailed: boolean; isSpent: boolean };

/** `ask`: stable should be asked the same; `excused`: nobody failed; null: the status is the version's. */
type Said = 'ask' | 'excused' | null;

/**
 * Whether a 4xx was one request's own doing. Of a version on trial stable is asked the same: if stable takes it, the version on trial failed
 * its user and stable answers him; if stable refuses it as well, or is the one that was asked, nobody failed. Who can't be asked is
 * taken to say the same, so that both arms are treated alike. Of what is no evidence nobody is asked, nor where the request can't be sent
 * again: there a 4xx is a failure in both arms.
 */
export class ProvokedStatus {
  #asked = false;

  said(status: number, { route, plan, vouched }: RoutedRequest, answering: Answering): Said {
    const { served, isRaw, hasFailed, isSpent } = answering;
    if (!mayBeProvoked(status, isRaw) || isSpent || !isEvidence({ ...route, vouched })) return null;
    if (this.#asked) return 'excused';
    if (hasFailed) return null;
    if (served === plan.resting) return 'excused';
    this.#asked = true;
    return 'ask';
  }
}
