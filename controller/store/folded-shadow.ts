import type { z } from 'zod';
import { stamped, Tick } from '../../schemas/envelope.ts';
import { Exchange, Shadow } from '../../schemas/exchange.ts';
import { readAs, SHADOWS } from '../../schemas/topics.ts';

/** A shadow without what its exchange's own record says: the store has that already. */
const FoldedShadow = Shadow.extend({
  exchange: Exchange.pick({
    exchangeId: true,
    agent: true,
    rollout: true,
    slices: true,
    path: true,
    answerPath: true,
  }).meta({
    avroName: 'Exchange',
  }),
}).meta({ id: undefined, avroName: 'Shadow' });
export type FoldedShadow = z.infer<typeof FoldedShadow>;

export const FOLDED_SHADOWS = readAs(SHADOWS, stamped(FoldedShadow, Tick).meta({ avroName: 'ShadowRecord' }));
