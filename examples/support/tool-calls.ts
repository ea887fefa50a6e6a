import type { ToolCall } from '../chat-api/completion.ts';
import { pick, uniform } from '../chat-api/seeded.ts';
import type { Understanding } from './conversation.ts';
import type { Orders } from './orders.ts';

/** A call before it is written down as JSON. */
export type PlannedCall = { name: string; wanted: { order_id: string; [argument: string]: unknown } };

/** The call that a question wants on its first turn, or null if the agent can answer without one. */
export function plannedCall(asked: Understanding, orders: Orders): PlannedCall | null {
  if (asked.orderId === null || asked.toolResult !== null) return null;
  const order = orders.get(asked.orderId);
  if (asked.topic === 'refund' && order?.refundable === true && asked.canCall.has('refund_order')) {
    const wanted = { order_id: order.id, amount: order.total, reason: 'changed_mind' };
    return { name: 'refund_order', wanted };
  }
  if (asked.topic === 'damaged' && order !== undefined && asked.canCall.has('escalate')) {
    const wanted = { order_id: order.id, priority: 'high', summary: 'Arrived damaged, replacement wanted' };
    return { name: 'escalate', wanted };
  }
  if (!asked.canCall.has('lookup_order')) return null;
  return { name: 'lookup_order', wanted: { order_id: asked.orderId } };
}

/**
 * Writes a call down, in a share (`careless`) of cases as a careless model does: cut off, with a number where text belongs, or
 * with a field that no schema knows in place of the one it requires.
 */
export function writeCall({ name, wanted }: PlannedCall, careless: number, seed: string): ToolCall {
  const whole = JSON.stringify(wanted);
  if (uniform(seed, 'careless') >= careless) return { name, arguments: whole };
  const { order_id: orderId, ...others } = wanted;
  const broken = pick(seed, 'careless how', [
    () => whole.slice(0, -Math.ceil(whole.length / 3)),
    () => JSON.stringify({ order_id: Number(orderId.replace(/\D/g, '')), ...others }),
    () => JSON.stringify({ order: orderId, ...others }),
  ]);
  return { name, arguments: broken() };
}
