import { existsSync } from 'node:fs';

/**
 * Loaded before a process' own code (`node --import`), and before that of its threads: the wall clock stands three hours
 * ahead while the file named by LEAPING_CLOCK is there. What counts time by itself is not touched.
 */
const AHEAD_MS = 3 * 3_600_000;
const LOOK_EVERY_MS = 20;

const file = process.env['LEAPING_CLOCK'] ?? '';
const wallMs = Date.now;
let lookedAtMs = Number.NEGATIVE_INFINITY;
let aheadMs = 0;
Date.now = () => {
  if (performance.now() - lookedAtMs > LOOK_EVERY_MS) {
    lookedAtMs = performance.now();
    aheadMs = existsSync(file) ? AHEAD_MS : 0;
  }
  return wallMs() + aheadMs;
};
