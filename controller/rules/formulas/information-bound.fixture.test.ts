import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { detectionBound, proofBound } from './information-bound.fixture.ts';

const VECTORS = '../shared/anchors/decision-vectors.json';
const n = z.number();
const Vectors = z.object({
  lower_bound: z.array(z.object({ w: n, pc: n, pb: n, js: n, requests: n })),
  ni_requests: z.array(z.object({ p: n, rmax: n, canary: n })),
});

it('the bounds meet the published numbers', () => {
  const { information, requests } = detectionBound({ w: 0.05, pc: 0.03, pb: 0.01 }, 0.05);
  expect(information).toBeCloseTo(0.0006091709603993526, 14);
  expect(requests).toBeCloseTo(4917.720095505023, 6);
  expect(proofBound(0.01, 2, 0.05)).toBeCloseTo(976.2766002999762, 8);
});

it.skipIf(!existsSync(VECTORS))(`the bounds meet the whole vector file (skipped where ${VECTORS} is absent)`, () => {
  const v = Vectors.parse(JSON.parse(readFileSync(VECTORS, 'utf8')));
  for (const { js, requests, ...rates } of v.lower_bound) {
    expect(detectionBound(rates, 0.05).information).toBeCloseTo(js, 14);
    expect(detectionBound(rates, 0.05).requests / requests).toBeCloseTo(1, 10);
  }
  for (const { p, rmax, canary } of v.ni_requests) expect(proofBound(p, rmax, 0.05) / canary).toBeCloseTo(1, 10);
});
