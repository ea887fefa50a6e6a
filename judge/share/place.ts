import { drawOf } from '../draw.ts';

/**
 * Where an exchange stands between 0 and 1; a share s has all those below s, so a smaller share is a part of a larger one.
 *
 * The salt is its own, so that this place says nothing of the arm that the exchange was assigned to, of whether the rollout's plan
 * puts it before models, or of whether a window keeps its value. It is of the exchange alone: both answers of a pair, both
 * arms and every judge go by the same.
 */
export const placeOf = (exchangeId: string): number => drawOf('share', exchangeId);
