import { alerts } from './alerts.tsx';
import { audit } from './audit.tsx';
import { exchanges } from './exchanges.tsx';
import { experiments } from './experiments.tsx';
import { gates } from './gates.tsx';
import { overview } from './overview.tsx';
import { pipeline } from './pipeline.tsx';
import { rollouts } from './rollouts.tsx';
import { shadows } from './shadows.tsx';
import { versions } from './versions.tsx';
import type { View } from './view.ts';

/** Every view, in the order of the navigation. The first is the page's beginning. */
export const VIEWS: readonly [View, ...View[]] = [
  overview,
  rollouts,
  shadows,
  exchanges,
  versions,
  gates,
  experiments,
  pipeline,
  alerts,
  audit,
];
