/** What no test can beat, to hold the rules against. Natural logs; `requests` of both arms together unless said otherwise. */

const kl = (p: number, q: number): number => part(p, q) + part(1 - p, 1 - q);
const part = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q));

/**
 * Requests that a test of level alpha needs on average to tell rates p_c ≠ p_b apart at a share w of the candidate:
 * ln(1/α) over the information of one request against "both are alike", w·KL(p_c‖p) + (1 − w)·KL(p_b‖p) with
 * p = w·p_c + (1 − w)·p_b (Wald 1945; the Jensen–Shannon divergence of the two arms, Lin 1991).
 */
export const detectionBound = (
  { w, pc, pb }: { w: number; pc: number; pb: number },
  alpha: number,
): { information: number; requests: number } => {
  const p = w * pc + (1 - w) * pb;
  const information = w * kl(pc, p) + (1 - w) * kl(pb, p);
  return { information, requests: Math.log(1 / alpha) / information };
};

/**
 * Candidate requests until a candidate that is as good as stable is proven to be less than r_max times worse, at a small weight:
 * ln(1/α) / (p(r_max − 1 − ln r_max)), the growth of the rate ratio with r = 1/r_max.
 */
export const proofBound = (p: number, rMax: number, alpha: number): number =>
  Math.log(1 / alpha) / (p * (rMax - 1 - Math.log(rMax)));
