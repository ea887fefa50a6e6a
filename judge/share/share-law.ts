/**
 * How much a judge scores while it is behind: a law that is asked once a second or so, pure and without chance.
 *
 * A share s makes a judge that scores at its limit 1/s times as fast, nearly, so the law goes by speeds. The speed v is how
 * much of the exchanges' time passes before the judge in a second of its own: 1 keeps its lag as it is. What it should be,
 * v*, is 1 + (lag − aim) / RETURN: a lag comes back to the aim by a factor of e in each RETURN, and a judge in front of its
 * aim may be slower. The share is multiplied by (v / v*)^GAIN each second. About the aim this is a damped oscillator in ln s, lag and aim:
 * lag″ = −(GAIN / RETURN)·(lag − aim) − GAIN·lag′, whose damping √(GAIN·RETURN)/2 is 1 with the numbers below, so it
 * comes back without swinging, whatever the overload is. By the ratio of the speeds and not by the lag itself it is as stable
 * when it catches up at twenty times the speed.
 *
 * Nothing is left out before the lag passes its limit, or while nothing waits for the judge: a lag that is not its own (late
 * publishers, clocks that differ) is not made less by scoring less. The aim is half the limit, so that a judge that must
 * sample stays within it.
 */
export type Regulated = { share: number; lagMs: number };

/** `isPressed`: work had to wait for the judge. `lagMs` of what it came to, at most. */
export type Load = { lagMs: number; isPressed: boolean };

/** A hundredth is enough to see a collapse by, and as good as nothing to do. */
export const LEAST_SHARE = 0.01;

const RETURN_MS = 20_000;
const GAIN = 0.2;
const SECOND_MS = 1_000;
/** A judge ahead of its aim lets itself be this slow, so that its share comes back by a tenth a second. */
const LEAST_WANTED_SPEED = 0.6;
const LEAST_SPEED = 0.1;
/** No more than halved or doubled in one step. */
const MOST_CHANGE = Math.LN2;
/** Of two looks: lags of single records scatter. */
const NEW_LOOK = 0.5;

export const AT_REST: Regulated = { share: 1, lagMs: 0 };

/** By what ln s is to change, and the lag as smoothed; 0 while all is scored and the lag is within its limit. */
export const changeOf = (
  before: Regulated,
  { lagMs, isPressed }: Load,
  limitMs: number,
  elapsedMs: number,
): { change: number; lagMs: number } => {
  const smoothedMs = before.lagMs + NEW_LOOK * ((isPressed ? lagMs : 0) - before.lagMs);
  const isBehind = isPressed && lagMs > limitMs;
  if (before.share === 1 && !isBehind) return { change: 0, lagMs: smoothedMs };
  const speed = Math.max(LEAST_SPEED, 1 - (smoothedMs - before.lagMs) / elapsedMs);
  const wanted = Math.max(LEAST_WANTED_SPEED, 1 + (smoothedMs - limitMs / 2) / RETURN_MS);
  const change = GAIN * (elapsedMs / SECOND_MS) * Math.log(speed / wanted);
  return { change: Math.max(-MOST_CHANGE, Math.min(MOST_CHANGE, change)), lagMs: smoothedMs };
};

export const changed = (share: number, change: number, least: number): number =>
  Math.min(1, Math.max(least, share * Math.exp(change)));
