import { chanceOf, regresses } from './diffy.ts';

/** One field's differences: `raw` against live, `noise` of stable against itself, `noiseScaled` to as many pairs as raw's. */
export type FieldRow = {
  field: string;
  raw: number;
  noise: number;
  noiseScaled: number | null;
  /** How often chance alone would give so many raw differences; null without a noise floor. */
  chance: number | null;
  verdict: 'beyond_noise' | 'within_noise' | 'no_noise_floor';
};

type Kind = 'shadow' | 'noise';

/** Keys of JSON may be made of data, so there may be any number of them. */
const MAX_FIELDS = 1_000;
export const OTHER_FIELDS = '(other fields)';

/** Elements of a list are one field, whatever their place. */
export const fieldOf = (path: string): string => path.replaceAll(/\[\d+\]/g, '[]');

const VERDICTS = ['beyond_noise', 'no_noise_floor', 'within_noise'] as const;

/** Counts pairs by field that differs in them, once a pair. */
export const createFieldTable = () => {
  const counts = new Map<string, Record<Kind, number>>();
  const pairs: Record<Kind, number> = { shadow: 0, noise: 0 };

  const add = (kind: Kind, differences: readonly string[]): void => {
    pairs[kind] += 1;
    for (const field of new Set(differences.map(fieldOf))) {
      const key = counts.has(field) || counts.size < MAX_FIELDS ? field : OTHER_FIELDS;
      const count = counts.get(key) ?? { shadow: 0, noise: 0 };
      count[kind] += 1;
      counts.set(key, count);
    }
  };

  const rowOf = ([field, count]: [string, Record<Kind, number>]): FieldRow => {
    const { shadow: raw, noise } = count;
    if (pairs.noise === 0) return { field, raw, noise, noiseScaled: null, chance: null, verdict: 'no_noise_floor' };
    const noiseScaled = (noise * pairs.shadow) / pairs.noise;
    return {
      field,
      raw,
      noise,
      noiseScaled,
      chance: chanceOf({ differing: raw, pairs: pairs.shadow }, { differing: noise, pairs: pairs.noise }),
      verdict: regresses(raw, noiseScaled, pairs.shadow) ? 'beyond_noise' : 'within_noise',
    };
  };

  const excess = ({ raw, noiseScaled }: FieldRow): number => raw - (noiseScaled ?? 0);

  return {
    add,
    /** What counts first, and of that what differs most. */
    rows: (): FieldRow[] =>
      [...counts]
        .map(rowOf)
        .sort(
          (a, b) =>
            VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
            excess(b) - excess(a) ||
            (a.field < b.field ? -1 : 1),
        ),
  };
};
