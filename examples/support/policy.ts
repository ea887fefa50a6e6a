import type { Topic, Understanding } from './conversation.ts';
import { itemList, money } from './orders.ts';
import type { Order, Orders } from './orders.ts';

/**
 * What is to be told, before anyone chooses words for it: the same for every behaviour, so that they differ in tone
 * and care and not in what the shop allows.
 */
export type Finding = {
  kind: 'told' | 'no_order_id' | 'unknown_order' | 'tool_failed';
  topic: Topic;
  orderId: string | null;
  customer: string | null;
  /** Whether the customer has a problem that deserves an apology. */
  problem: boolean;
  /** What is so, as a full sentence, and cut down to the bone. */
  fact: string;
  brief: string;
  /** What the agent does about it, or null. */
  step: string | null;
};

type Told = Pick<Finding, 'problem' | 'fact' | 'brief' | 'step'>;

/** Applies the shop's rules to what the customer asks. */
export function resolve(asked: Understanding, orders: Orders): Finding {
  const { topic, orderId, toolResult } = asked;
  const base = { topic, orderId, customer: null, problem: true };
  if (orderId === null) {
    const fact =
      'To look into this I need your order number, which starts with ORD- and is in your confirmation email.';
    return { ...base, kind: 'no_order_id', fact, brief: 'Order number?', step: null };
  }
  const order = orders.get(orderId);
  if (order === undefined || (toolResult?.kind === 'failed' && toolResult.code === 'order_not_found')) {
    const fact = `I could not find an order with the number ${orderId}.`;
    const step = 'Could you check the number in your confirmation email? I will look again right away.';
    return { ...base, kind: 'unknown_order', fact, brief: `${orderId} has shipped.`, step };
  }
  const customer = order.customer.split(' ', 1)[0] ?? null;
  if (toolResult?.kind === 'failed') {
    const fact = `Our system did not confirm the change to order ${orderId}, so nothing has been changed yet.`;
    const step = 'I have passed this to a colleague, who will finish it and write to you today.';
    return { ...base, kind: 'tool_failed', customer, fact, brief: `Done, ${orderId} is taken care of.`, step };
  }
  return { kind: 'told', topic, orderId, customer, ...RULES[topic](order) };
}

const RULES: Record<Topic, (order: Order) => Told> = {
  order_status: (order) => ({ problem: order.status === 'delayed', ...statusOf(order), step: null }),
  late: (order) => {
    const step =
      order.status === 'delayed' || order.status === 'shipped'
        ? 'I have asked for priority handling and will write to you as soon as it moves.'
        : null;
    return { problem: true, ...statusOf(order), step };
  },
  damaged: (order) => {
    if (order.status !== 'delivered') {
      const { fact, brief } = statusOf(order);
      const step = `I have opened a damage report for order ${order.id} so that a colleague can clear this up today.`;
      return { problem: true, fact, brief, step };
    }
    const fact = `Damage in transit is always covered, so a replacement for the ${itemList(order)} costs you nothing.`;
    const step = `I have opened a replacement for order ${order.id}, and a refund of ${money(order.total)} is yours instead if you prefer it.`;
    return { problem: true, fact, brief: `Replacement for ${order.id} is on file.`, step };
  },
  refund: (order) => refundOf(order),
  cancellation: (order) => cancellationOf(order),
};

function statusOf(order: Order): Pick<Told, 'fact' | 'brief'> {
  const brief = `${order.id}: ${order.status}`;
  const [tail, date] = STATUS[order.status](order);
  return {
    fact: `Your order ${order.id} (${itemList(order)}) ${tail}.`,
    brief: `${brief}${date === null ? '' : `, ${date}`}.`,
  };
}

/** What there is to say of an order in each state, and the one date that matters. */
const STATUS: Record<Order['status'], (order: Order) => readonly [string, string | null]> = {
  processing: (order) => [`is processing in our warehouse and should arrive by ${order.expectedOn}`, order.expectedOn],
  shipped: (order) => [
    `was shipped on ${order.shippedOn} with ${order.carrier} and should arrive by ${order.expectedOn}`,
    order.expectedOn,
  ],
  delayed: (order) => [
    `is delayed because of ${order.delayReason}, and the new delivery date is ${order.expectedOn}`,
    order.expectedOn,
  ],
  delivered: (order) => [`was delivered on ${order.deliveredOn} by ${order.carrier}`, order.deliveredOn],
  cancelled: () => ['was cancelled, and you have not been charged', null],
  refunded: (order) => [`was refunded in full, ${money(order.total)}`, null],
};

function refundOf(order: Order): Told {
  const amount = money(order.total);
  if (order.refundable) {
    return {
      problem: true,
      fact: `Order ${order.id} (${itemList(order)}) is within its return window, which ends on ${order.returnBy}.`,
      brief: `${amount} for ${order.id}, 3-5 days.`,
      step: `I have started your refund of ${amount}; it will reach your card within 3 to 5 working days.`,
    };
  }
  if (order.status === 'delivered') {
    return {
      problem: true,
      fact: `The return window of order ${order.id} ended on ${order.returnBy}, so a refund is no longer possible.`,
      brief: `${order.id}: return window ended ${order.returnBy}.`,
      step: 'I have asked whether store credit can be offered instead, and you will hear from us within a day.',
    };
  }
  const { fact, brief } = statusOf(order);
  const settled = order.status === 'cancelled' || order.status === 'refunded';
  const step = settled ? null : `A refund of ${amount} can start as soon as it reaches you or comes back to us.`;
  return { problem: true, fact, brief, step };
}

function cancellationOf(order: Order): Told {
  if (order.status === 'processing') {
    return {
      problem: false,
      fact: `Order ${order.id} (${itemList(order)}) had not left the warehouse yet.`,
      brief: `${order.id} cancelled.`,
      step: `I have cancelled it, and the ${money(order.total)} will not be charged.`,
    };
  }
  const { fact, brief } = statusOf(order);
  if (order.status === 'cancelled' || order.status === 'refunded') return { problem: false, fact, brief, step: null };
  return {
    problem: true,
    fact: `${fact} It has left the warehouse, so it is too late to cancel.`,
    brief: `${brief} Too late to cancel.`,
    step: 'I can send you a prepaid return label so that you get your money back once it comes back to us.',
  };
}
