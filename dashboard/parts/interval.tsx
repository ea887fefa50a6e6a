type Limits = { difference: number; lower: number; upper: number; tolerated: number | null };

const WIDTH = 120;
/** A mark that is so many times as far out as the limits would leave nothing of these to see. */
const FAR = 4;
const MIDDLE = WIDTH / 2;

/** A difference with its limits around nothing, and up to where it is tolerated; `isWorse` says which side is bad. */
export const Interval = ({
  difference,
  lower,
  upper,
  tolerated,
  isWorse,
  label,
}: Limits & { isWorse: boolean; label: string }) => {
  const needed = Math.max(...[lower, upper, difference].map(Math.abs), 1e-9);
  const isNear = tolerated !== null && Math.abs(tolerated) <= FAR * needed;
  const reach = (isNear ? Math.max(needed, Math.abs(tolerated)) : needed) * 1.1;
  const at = (value: number): number => MIDDLE + (value / reach) * (MIDDLE - 2);
  const isProven = lower > 0 || upper < 0;
  const tone = isProven ? (isWorse ? 'bad' : 'good') : 'calm';
  return (
    <svg class={`interval ${tone}`} viewBox={`0 0 ${WIDTH} 16`} role="img" aria-label={label}>
      <line class="zero" x1={MIDDLE} x2={MIDDLE} y1="0" y2="16" />
      <rect class="band" x={at(lower)} y="4" width={Math.max(1, at(upper) - at(lower))} height="8" rx="2" />
      {isNear && <line class="tolerated" x1={at(tolerated)} x2={at(tolerated)} y1="1" y2="15" />}
      <circle class="point" cx={at(difference)} cy="8" r="3" />
    </svg>
  );
};
