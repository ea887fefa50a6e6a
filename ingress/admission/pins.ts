import { notPermitted } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { AdmissionPolicy } from './admission-call.ts';
import { mayPin } from './authenticate.ts';

const NOT_PERMITTED: Refusal = {
  error: notPermitted('This key may not choose a version or an arm: that takes the role `pin`.'),
  headers: [],
};

/** Only keys with the role `pin` may ask for a version or an arm by name. */
export const createPins = (): AdmissionPolicy => ({
  name: 'pins',
  about: 'the role `pin`, of who asks for a version or an arm by name (403)',
  needs: 'agent',
  reserve: ({ isPinned, principal }) => (isPinned && !mayPin(principal) ? NOT_PERMITTED : null),
});
