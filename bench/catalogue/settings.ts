import type { Setting } from './play.ts';

/** README's rollout with the metrics that nobody had to name: shadow, then 5, 25 and 50 % by time. */
export const DEFAULT_SETTING: Setting = {
  requestsPerMinute: 40,
  maxMinutes: 24 * 60,
  seed: 1,
  spec: {
    shadow: { duration: '10m' },
    stages: [
      { weightPct: 5, duration: '30m' },
      { weightPct: 25, duration: '1h' },
      { weightPct: 50, duration: '2h' },
    ],
  },
};
