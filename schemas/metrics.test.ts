import { expect, it } from 'vitest';
import { KNOWN_METRICS, metricOf } from './metrics.ts';

it('every known metric has a definition, and any other name is a rubric’s', () => {
  for (const name of KNOWN_METRICS) expect(metricOf(name).unit).toBeDefined();
  for (const name of ['tone', 'constructor', '__proto__', 'toString'])
    expect(metricOf(name)).toMatchObject({ family: 'score', better: 'higher', source: 'scores' });
});
