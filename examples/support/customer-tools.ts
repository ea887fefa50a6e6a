/** The tool schemas that customers' clients send, in OpenAI's form. */
const orderId = { type: 'string', pattern: '^ORD-[0-9]{5}$', description: 'Order number, such as ORD-12345' };

function tool(name: string, description: string, properties: object, required: readonly string[]) {
  const parameters = { type: 'object', properties, required, additionalProperties: false };
  return { type: 'function', function: { name, description, parameters } } as const;
}

export const TOOLS = [
  tool('lookup_order', 'Looks up an order by its number.', { order_id: orderId }, ['order_id']),
  tool(
    'refund_order',
    'Starts a refund to the original means of payment.',
    {
      order_id: orderId,
      amount: { type: 'number', exclusiveMinimum: 0, description: 'US dollars' },
      reason: { type: 'string', enum: ['damaged', 'late', 'changed_mind', 'wrong_item'] },
    },
    ['order_id', 'amount', 'reason'],
  ),
  tool(
    'escalate',
    'Hands the case to a human colleague.',
    {
      order_id: orderId,
      summary: { type: 'string', maxLength: 200 },
      priority: { type: 'string', enum: ['low', 'normal', 'high'] },
    },
    ['summary', 'priority'],
  ),
];
