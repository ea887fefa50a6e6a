import { strengthText } from '../../schemas/sentence/figures.ts';
import { Meter } from './meter.tsx';

/** Evidence beside what it is held against, on the scale by which it grows. */
export const Strength = ({
  logE,
  logThreshold,
  isGood = false,
}: {
  logE: number | null;
  logThreshold: number | null;
  /** It speaks for what it is about, not against it. */
  isGood?: boolean;
}) => {
  if (logE === null) return <span>–</span>;
  if (logThreshold === null) return <span>{strengthText(logE)}</span>;
  const share = Math.min(1, Math.max(0, logE / logThreshold));
  return (
    <span class="strength">
      <span>{strengthText(logE)}</span>
      <Meter
        share={share}
        isGood={isGood}
        label={`${Math.round(100 * share)} % of the way to ${strengthText(logThreshold)}`}
      />
    </span>
  );
};
