import { pick, seedOf, uniform } from '../chat-api/seeded.ts';
import { ASKS_NUMBER, MOODS, QUESTIONS, WITHOUT_NUMBER } from './customer-phrases.ts';
import { TOOLS } from './customer-tools.ts';
import { readOrders } from './orders.ts';
import type { Order } from './orders.ts';

export type CustomerTopic = keyof typeof QUESTIONS | 'unknown_order';

type Message = {
  role: 'user' | 'assistant' | 'tool';
  content: string | null;
  tool_calls?: readonly object[];
  tool_call_id?: string;
};

/** An OpenAI chat request without `model`: whom to ask is the caller's choice. */
type CustomerBody = {
  messages: Message[];
  user: string;
  metadata: { topic: CustomerTopic };
  tools?: typeof TOOLS;
  stream?: true;
  stream_options?: { include_usage: true };
};

export type CustomerRequest = { subject: string; topic: CustomerTopic; body: CustomerBody };

const SUBJECTS = 5000;
const STREAM_SHARE = 0.25;
/** Of all requests: tools and a question, tools and their result, a second turn after being asked for the number. */
const TOOL_QUESTION_SHARE = 0.3;
const TOOL_RESULT_SHARE = 0.15;
const SECOND_TURN_SHARE = 0.1;
const TOOL_ERROR_SHARE = 0.12;

/** Topics with their shares of the traffic, and the order states in which people ask about them. */
const TOPICS: readonly (readonly [CustomerTopic, number, readonly Order['status'][]])[] = [
  ['order_status', 0.26, ['processing', 'shipped', 'delivered', 'delayed', 'cancelled']],
  ['late', 0.22, ['delayed', 'shipped']],
  ['damaged', 0.16, ['delivered']],
  ['refund', 0.15, ['delivered', 'delayed', 'refunded']],
  ['cancellation', 0.11, ['processing', 'shipped', 'delayed']],
  ['unknown_order', 0.1, ['shipped', 'delivered']],
];

const ORDERS = [...readOrders().values()];

/**
 * The `i`-th request of a stream of customers, the same for the same seed. Subjects come from 5,000 customers, so some
 * return; about a quarter of the requests are streamed.
 */
export function customerRequest(seed: string | number, i: number): CustomerRequest {
  const drawn = seedOf('customer', String(seed), String(i));
  const [topic, order] = pickCase(drawn);
  const subject = `customer-${Math.floor(uniform(drawn, 'subject') * SUBJECTS)}`;
  const body: CustomerBody = { messages: [], user: subject, metadata: { topic } };
  const question = fill(drawn, topic, order);
  const form = uniform(drawn, 'form');
  if (form < TOOL_QUESTION_SHARE + TOOL_RESULT_SHARE) body.tools = TOOLS;
  if (form < TOOL_QUESTION_SHARE) body.messages = [{ role: 'user', content: question }];
  else if (form < TOOL_QUESTION_SHARE + TOOL_RESULT_SHARE)
    body.messages = withToolResult(drawn, topic, order, question);
  else if (form < TOOL_QUESTION_SHARE + TOOL_RESULT_SHARE + SECOND_TURN_SHARE) {
    body.messages = [
      { role: 'user', content: pick(drawn, 'first turn', WITHOUT_NUMBER) },
      { role: 'assistant', content: ASKS_NUMBER },
      { role: 'user', content: question },
    ];
  } else body.messages = [{ role: 'user', content: question }];
  if (uniform(drawn, 'stream') < STREAM_SHARE) {
    body.stream = true;
    body.stream_options = { include_usage: true };
  }
  return { subject, topic, body };
}

function pickCase(drawn: string): [CustomerTopic, Order] {
  let left = uniform(drawn, 'topic');
  const row = TOPICS.find(([, share]) => (left -= share) < 0) ?? TOPICS[0];
  if (row === undefined) throw new Error('there are no topics');
  const [topic, , states] = row;
  const order = pick(
    drawn,
    'order',
    ORDERS.filter((entry) => states.includes(entry.status)),
  );
  if (topic !== 'unknown_order') return [topic, order];
  return [topic, { ...order, id: `ORD-9${String(Math.floor(uniform(drawn, 'made up') * 10_000)).padStart(4, '0')}` }];
}

function fill(drawn: string, topic: CustomerTopic, order: Order): string {
  const asked = topic === 'unknown_order' ? pick(drawn, 'asks as', ['order_status', 'late'] as const) : topic;
  const question = pick<string>(drawn, 'question', QUESTIONS[asked])
    .replace('{id}', order.id)
    .replace('{item}', order.items[0]?.name ?? 'order')
    .replace('{name}', order.customer.split(' ', 1)[0] ?? '');
  return `${question} ${pick(drawn, 'mood', MOODS)}`.trim();
}

/** A conversation in which a well-made tool call was carried out already and its result waits for an answer. */
function withToolResult(drawn: string, topic: CustomerTopic, order: Order, question: string): Message[] {
  const refunds = topic === 'refund' && order.refundable;
  const name = refunds ? 'refund_order' : 'lookup_order';
  const wanted = refunds ? { order_id: order.id, amount: order.total, reason: 'changed_mind' } : { order_id: order.id };
  const id = `call_${drawn.slice(0, 20)}`;
  const call = { id, type: 'function', function: { name, arguments: JSON.stringify(wanted) } };
  return [
    { role: 'user', content: question },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: id, content: JSON.stringify(toolResult(drawn, topic, order, refunds)) },
  ];
}

function toolResult(drawn: string, topic: CustomerTopic, order: Order, refunds: boolean): object {
  if (topic === 'unknown_order') return { error: 'order_not_found' };
  if (uniform(drawn, 'tool error') < TOOL_ERROR_SHARE) return { error: 'backend_timeout' };
  return refunds ? { refund_id: `RF-${order.id.slice(4)}`, status: 'started', amount: order.total } : { order };
}
