import { headerOf } from '../protocol/request-headers.ts';
import { nextTarget } from './route.ts';
import type { Route, RoutingPlan, Target } from './route.ts';

/**
 * Who may answer in another's place: of a failure any, but rather one that is not ejected; of an ejected version only such a
 * one; of an answer that its client could do with as well only one with room, so that the load that was too much here is no
 * trouble there.
 */
export type Wanted = 'any' | 'sound' | 'room';

/** Whether the answer says when to try again, in seconds, as a date, or in milliseconds as some model servers do. */
const saysWhen = (headers: readonly string[]): boolean =>
  Boolean(headerOf(headers, 'retry-after') || headerOf(headers, 'retry-after-ms'));

/** Whether the agent has it that another version may better a 4xx: by default 408, and a 429 that says when to try again. */
export const isPassing = ({ view }: RoutingPlan, status: number, headers: readonly string[]): boolean =>
  status >= 400 && view.rules.fallbackOn.some((one) => one.status === status && (!one.retryAfter || saysWhen(headers)));

/** Of those who may answer next when all of `tried` failed this request, the first that is fit; null if none is. */
export const nextFit = (
  plan: RoutingPlan,
  chosen: Route,
  tried: readonly Target[],
  isFit: (label: string) => boolean,
): Target | null => {
  const passed = [...tried];
  for (let next = nextTarget(plan, chosen, passed); next !== null; next = nextTarget(plan, chosen, passed)) {
    if (isFit(next.version.label)) return next;
    passed.push(next);
  }
  return null;
};
