import type { GateTarget } from '../../schemas/gate-target.ts';

/** Of an agent's tokens, in US dollars per million; null where nobody said. */
export type Prices = Extract<GateTarget, { kind: 'url' }>['prices'];
