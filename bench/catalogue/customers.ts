import { seedOf, uniform } from '../../examples/chat-api/seeded.ts';
import { customerRequest } from '../../examples/support/customers.ts';

/** Of those who bring no tools: programs that want the answer as JSON, and customers with a topic that the agent's document does not name. */
const JSON_SHARE = 0.15;
export const WARRANTY_SHARE = 0.03;

export type Request = { subject: string; topic: string; body: Record<string, unknown> };

const WARRANTY = 'My {item} stopped working after a month, is that a warranty case? Order {id}.';

/**
 * The i-th request to the support agent: the story's customers, of whom some want JSON (`response_format`), and 3 % have a
 * warranty case, which is a slice under `_other`.
 */
export const requestOf = (seed: number, i: number): Request => {
  const { subject, topic, body } = customerRequest(seed, i);
  const drawn = seedOf('catalogue', String(seed), String(i));
  const text = JSON.stringify(body.messages);
  const id = /ORD-\d{5}/.exec(text)?.[0] ?? 'ORD-11176';
  if (uniform(drawn, 'warranty') < WARRANTY_SHARE) {
    const content = WARRANTY.replace('{id}', id).replace('{item}', 'lamp');
    const { tools: _, ...rest } = body;
    return {
      subject,
      topic: 'warranty',
      body: { ...rest, messages: [{ role: 'user', content }], metadata: { topic: 'warranty' } },
    };
  }
  if (body.tools !== undefined || uniform(drawn, 'json') >= JSON_SHARE) return { subject, topic, body };
  return { subject, topic, body: { ...body, response_format: { type: 'json_object' } } };
};
