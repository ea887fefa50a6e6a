import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** One order as the shop's order system knows it. Dates are ISO days; money is in US dollars. */
const order = z.strictObject({
  id: z.string().regex(/^ORD-\d{5}$/),
  customer: z.string(),
  items: z.array(z.strictObject({ name: z.string(), quantity: z.int().min(1), price: z.number().positive() })).min(1),
  total: z.number().positive(),
  status: z.enum(['processing', 'shipped', 'delivered', 'delayed', 'cancelled', 'refunded']),
  placedOn: z.iso.date(),
  shippedOn: z.iso.date().nullable(),
  expectedOn: z.iso.date(),
  deliveredOn: z.iso.date().nullable(),
  carrier: z.string().nullable(),
  delayReason: z.string().nullable(),
  returnBy: z.iso.date().nullable(),
  refundable: z.boolean(),
});

export type Order = z.infer<typeof order>;
export type Orders = ReadonlyMap<string, Order>;

/** The orders of `orders.json`, by id. Throws if the file does not hold what it should. */
export function readOrders(): Orders {
  const file = new URL('./orders.json', import.meta.url);
  const list = z.array(order).parse(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(list.map((entry) => [entry.id, entry]));
}

/** "2 × wall clock and 1 × floor cushion" */
export function itemList(order: Order): string {
  const names = order.items.map((item) => (item.quantity === 1 ? item.name : `${item.quantity} × ${item.name}`));
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

export function money(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
