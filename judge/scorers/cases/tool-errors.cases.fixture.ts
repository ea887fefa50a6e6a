import { calling, type LabelledCase, withTools } from './labelled-case.fixture.ts';

const called = calling(['get_order', { id: 'A-17' }]);
const assistant = { role: 'assistant', ...called };
const result = (content: string): unknown => ({ role: 'tool', tool_call_id: 'call_0', content });
const after = (content: string): Record<string, unknown> => withTools('Where is A-17?', assistant, result(content));
const told = (why: string, content: string, expected: number): LabelledCase => ({
  why,
  request: after(content),
  answer: 'Let me see.',
  expected,
});

export const TOOL_ERRORS_CASES: readonly LabelledCase[] = [
  { why: 'a call that can be executed', request: withTools('x'), answer: called, expected: 0 },
  { why: 'a tool that was not offered', request: withTools('x'), answer: calling(['find', {}]), expected: 1 },
  { why: 'arguments that are no JSON', request: withTools('x'), answer: calling(['get_order', '{id}']), expected: 1 },
  { why: 'against the schema', request: withTools('x'), answer: calling(['get_order', {}]), expected: 1 },
  { why: 'neither call nor result', request: withTools('Hello'), answer: 'Hello!', expected: null },
  {
    why: 'one good call, one bad',
    request: withTools('x'),
    answer: calling(['get_order', { id: 'A-17' }], ['refund', {}]),
    expected: 1,
  },
  told('a result', '{"id":"A-17","state":"shipped"}', 0),
  told('an error member', '{"error":"order service is down"}', 1),
  told('an error member that is empty', '{"error":null,"state":"shipped"}', 0),
  told('MCP’s mark', '{"isError":true,"content":[{"type":"text","text":"no such id"}]}', 1),
  told('success: false', '{"success":false,"message":"not yours"}', 1),
  told('an HTTP status', '{"status":503,"body":""}', 1),
  told('an HTTP status that is good', '{"status":200,"body":"ok"}', 0),
  told('a list of errors that is empty', '{"data":{},"errors":[]}', 0),
  told('GraphQL errors', '{"data":null,"errors":[{"message":"denied"}]}', 1),
  told('plain words', 'Error: connection timed out', 1),
  told('a Python traceback', 'Traceback (most recent call last):\n  File "t.py", line 3\nKeyError: 17', 1),
  told('an exception’s name', 'requests.exceptions.ConnectionError: refused', 1),
  told('HTTP in words', '404 Not Found', 1),
  told('“no errors” is none', 'No errors found in the last 24 hours.', 0),
  told('errors are what was asked about', 'Error rate: 0.2 % over the last hour', 0),
  told('an order in state failed is a good answer', '{"id":"A-17","payment":{"state":"failed"}}', 0),
  told('an order’s own status says failed', '{"id":"A-17","status":"failed"}', 0),
  told('nothing was found', '[]', 0),
  told('an error in other words', 'Sorry, something went wrong on our side. Try later.', 1),
  told('an error in another language', 'Fehler: Zeitüberschreitung der Verbindung', 1),
  told('a text that mentions an error further on', 'Order A-17: shipped. Note: an error was corrected on Monday.', 0),
  {
    why: 'an earlier error counted when it came, the last call went well',
    request: withTools('x', assistant, result('Error: timeout'), assistant, result('{"state":"shipped"}')),
    answer: 'It is shipped.',
    expected: 0,
  },
  {
    why: 'one of two results is an error',
    request: withTools(
      'x',
      { role: 'assistant', ...calling(['get_order', { id: '1' }], ['get_order', { id: '2' }]) },
      result('{"state":"ok"}'),
      result('{"error":"gone"}'),
    ),
    answer: 'One is fine.',
    expected: 1,
  },
  {
    why: 'a user who writes of an error is no tool',
    request: withTools('Error: my app says timeout'),
    answer: 'Which app is it?',
    expected: null,
  },
];
