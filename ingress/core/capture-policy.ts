import type { CaptureMode, CapturePolicy } from '../../schemas/ingress-policy.ts';
import type { Entry } from './journal-record.ts';

export const captureModeOf = (policy: CapturePolicy, _exchangeId: string): CaptureMode => policy.mode;
export const underPolicy = (entry: Entry, _mode: CaptureMode, _key: Buffer): Entry => entry;
