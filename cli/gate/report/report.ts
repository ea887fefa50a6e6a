import type { GateResult } from '../gate-result.ts';

/** One form in which a gate's result is told. What agents and datasets say in it is hostile until it is escaped for that form. */
export type Report = (result: GateResult) => string;
