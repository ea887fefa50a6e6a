import type { SendResult } from '../alerts/plan-deliveries.ts';
import type { AlertingDeps } from '../alerts/alerts.ts';

/** Receivers that take everything, and an operator without secrets. */
export const takesAlerts = (over: Partial<AlertingDeps> = {}): AlertingDeps => ({
  send: async (): Promise<SendResult> => ({ ok: true }),
  secretOf: () => undefined,
  chance: () => 0.5,
  publicUrl: null,
  ...over,
});
