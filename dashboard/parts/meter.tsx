/** Evidence against its threshold, on the scale by which evidence grows. */
export const Meter = ({ share, label, isGood = false }: { share: number; label: string; isGood?: boolean }) => (
  <svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={label}>
    <rect class="track" width="100" height="6" rx="1" />
    <rect
      class={isGood || share < 0.5 ? 'good' : share >= 1 ? 'bad' : 'warn'}
      width={Math.max(1, 100 * share)}
      height="6"
      rx="1"
    />
  </svg>
);
