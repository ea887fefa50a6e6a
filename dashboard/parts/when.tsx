import { agoText, dayText } from '../reading/when.ts';
import { now } from './clock.ts';

/** How long ago, and when exactly to whoever points at it. */
export const When = ({ atMs }: { atMs: number }) => (
  <time dateTime={new Date(atMs).toISOString()} title={dayText(atMs)}>
    {agoText(atMs, now.value)}
  </time>
);
