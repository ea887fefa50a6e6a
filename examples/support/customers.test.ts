import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../chat-api/chat-request.ts';
import { understand } from './conversation.ts';
import { customerRequest } from './customers.ts';
import { readOrders } from './orders.ts';

const requests = Array.from({ length: 1000 }, (_, i) => customerRequest(7, i));

describe('customerRequest', () => {
  it('gives the same request for the same seed and number, and another for another seed', () => {
    expect(customerRequest(7, 3)).toEqual(requests[3]);
    expect(customerRequest(8, 3)).not.toEqual(requests[3]);
  });

  it('has several hundred distinct conversations in a thousand requests', () => {
    expect(new Set(requests.map(({ body }) => JSON.stringify(body.messages))).size).toBeGreaterThan(500);
  });

  it('streams about a quarter, and sends tools with a fair part', () => {
    const streamed = requests.filter(({ body }) => body.stream === true).length;
    expect(streamed).toBeGreaterThan(200);
    expect(streamed).toBeLessThan(300);
    expect(requests.filter(({ body }) => body.tools !== undefined).length).toBeGreaterThan(300);
    expect(requests.filter(({ body }) => body.messages.at(-1)?.role === 'tool').length).toBeGreaterThan(80);
  });

  it('covers all six topics, each with at least one in twenty requests', () => {
    const topics = Map.groupBy(requests, ({ topic }) => topic);
    expect([...topics.keys()].sort()).toEqual(
      ['cancellation', 'damaged', 'late', 'order_status', 'refund', 'unknown_order'].sort(),
    );
    for (const [, list] of topics) expect(list.length).toBeGreaterThan(50);
  });

  it('names its subject as user and its topic as metadata', () => {
    for (const { subject, topic, body } of requests) {
      expect(body.user).toBe(subject);
      expect(body.metadata).toEqual({ topic });
    }
  });

  it('is understood by the agent from its words alone', () => {
    const orders = readOrders();
    for (const { topic, body } of requests) {
      const parsed = parseChatRequest(JSON.stringify(body));
      if (!parsed.ok) throw new Error(parsed.message);
      const understood = understand(parsed.request);
      expect(understood.orderId).not.toBeNull();
      expect(orders.has(understood.orderId ?? '')).toBe(topic !== 'unknown_order');
      if (topic !== 'unknown_order') expect([topic, body.messages]).toEqual([understood.topic, body.messages]);
    }
  });
});
