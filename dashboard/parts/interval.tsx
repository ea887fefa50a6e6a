type Limits = { difference: number; lower: number; upper: number };

const WIDTH = 120;
const MIDDLE = WIDTH / 2;

/** A difference with its limits around nothing; `isWorse` says which side is bad. */
export const Interval = ({
  difference,
  lower,
  upper,
  isWorse,
  label,
}: Limits & { isWorse: boolean; label: string }) => {
  const reach = Math.max(Math.abs(lower), Math.abs(upper), Math.abs(difference), 1e-9) * 1.1;
  const at = (value: number): number => MIDDLE + (value / reach) * (MIDDLE - 2);
  const isProven = lower > 0 || upper < 0;
  const tone = isProven ? (isWorse ? 'bad' : 'good') : 'calm';
  return (
    <svg class={`interval ${tone}`} viewBox={`0 0 ${WIDTH} 16`} role="img" aria-label={label}>
      <line class="zero" x1={MIDDLE} x2={MIDDLE} y1="0" y2="16" />
      <rect class="band" x={at(lower)} y="4" width={Math.max(1, at(upper) - at(lower))} height="8" rx="2" />
      <circle class="point" cx={at(difference)} cy="8" r="3" />
    </svg>
  );
};
