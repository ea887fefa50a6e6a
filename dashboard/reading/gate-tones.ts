import type { GateWord } from '../../schemas/gate-document.ts';
import type { Tone } from './verdict.ts';

/** How a gate's verdict is to be taken. */
export const GATE_TONES: Readonly<Record<GateWord, Tone>> = { pass: 'good', fail: 'bad', inconclusive: 'warn' };
