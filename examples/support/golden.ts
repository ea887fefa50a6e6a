import { parseChatRequest } from '../chat-api/chat-request.ts';
import { understand } from './conversation.ts';
import { customerRequest } from './customers.ts';
import { readOrders } from './orders.ts';
import { resolve } from './policy.ts';
import { plannedCall } from './tool-calls.ts';

/** A question with what a good agent does about it, in the form of a golden dataset's case but for the tools, which are many. */
export type GoldenCase = {
  id: string;
  request: object;
  hasTools: boolean;
  golden?: string;
  expectedTools?: readonly { name: string; arguments: object }[];
  tags: readonly string[];
  slices: { topic: string };
  session: string;
};

const ORDERS = readOrders();

/**
 * The `i`-th question of the seeded stream of customers. Where tools are offered, right is the call that the shop's rules want; where the
 * agent must answer in words, right is what these words must say.
 */
export function goldenCase(seed: string, i: number): GoldenCase {
  const { subject, topic, body } = customerRequest(seed, i);
  const { tools, stream: _stream, stream_options: _options, metadata: _metadata, ...request } = body;
  const parsed = parseChatRequest(JSON.stringify(body));
  if (!parsed.ok) throw new Error(parsed.message);
  const asked = understand(parsed.request);
  const call = plannedCall(asked, ORDERS);
  const { fact, step } = resolve(asked, ORDERS);
  return {
    id: `customer-${i}`,
    request,
    hasTools: tools !== undefined,
    ...(call === null ? { golden: [fact, step].filter((part) => part !== null).join(' ') } : {}),
    ...(tools === undefined
      ? {}
      : { expectedTools: call === null ? [] : [{ name: call.name, arguments: call.wanted }] }),
    tags: [topic, call === null ? 'words' : 'tools'],
    slices: { topic },
    session: subject,
  };
}
