import { drawOf } from '../draw.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';

/** Which shares of a rollout's answers are put before a model, and the rollout's salt. `judging` null: all of them. */
export type SamplingPlan = Pick<RoutingView, 'judging' | 'salt'>;

const STABLE = 'stable';

/** From 0 to 100, the same for the same exchange whoever asks and how often; independent of who was routed where. */
const placeOf = (exchangeId: string, salt: string): number => drawOf(`judging|${salt}`, exchangeId) * 100;

/**
 * Whether an answer is put before a model: by its exchange, so that every metric and both sides of a pair are sampled
 * together. Shadows, those of stable for the noise floor too, have the candidate's share. Of a rollout whose plan is not
 * known everything is: too dear for a while, where nothing would be blind.
 */
export const isSampled = (
  { exchangeId, assignedArm }: Pick<Exchange, 'exchangeId' | 'assignedArm'>,
  isShadow: boolean,
  plan: SamplingPlan | undefined,
): boolean => {
  if (!plan?.judging) return true;
  const { candidatePct, stablePct } = plan.judging;
  const pct = isShadow || assignedArm !== STABLE ? candidatePct : stablePct;
  return placeOf(exchangeId, plan.salt) < pct;
};
