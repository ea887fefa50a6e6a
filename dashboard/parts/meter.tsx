/** Evidence against its threshold, on the scale by which evidence grows. */
export const Meter = ({ share, label }: { share: number; label: string }) => (
  <svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={label}>
    <rect class="track" width="100" height="6" rx="1" />
    <rect
      class={share >= 1 ? 'bad' : share >= 0.5 ? 'warn' : 'good'}
      width={Math.max(1, 100 * share)}
      height="6"
      rx="1"
    />
  </svg>
);
