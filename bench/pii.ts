import { parseArgs } from 'node:util';
import { confusionOf } from '../privacy/confusion.fixture.ts';
import { LABELLED_LINES } from '../privacy/labelled-lines.fixture.ts';
import { redactBody } from '../privacy/redact.ts';

/**
 * How well the redaction tells personal data from the rest, by kind over labelled lines, and what it costs for an exchange
 * in which there is none: `node bench/pii.ts [--json]`. With --json the last line is
 * {lines, kinds: {kind: {truePositives, …, precision, recall}}, usPerExchange: {plain, stream}}.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const CONTENT = 'Your order 10024578 was sent on 2024-05-07 and should arrive by Friday. Is there anything else?\n';
const REQUEST = JSON.stringify({
  model: 'support',
  messages: [
    {
      role: 'system',
      content: 'You are a kind agent of a shop.\n"Never" promise refunds before you checked.\n'.repeat(3),
    },
    { role: 'user', content: 'Where is my order 10024578? I ordered on 2024-05-06 and paid 49.90 EUR.' },
  ],
});
const ANSWER = JSON.stringify({
  id: 'chatcmpl-9Zk3abCdEf12',
  object: 'chat.completion',
  created: 1_714_992_000,
  model: 'gpt-4o-2024-05-13',
  choices: [{ index: 0, message: { role: 'assistant', content: CONTENT.repeat(8) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 210, completion_tokens: 90, total_tokens: 300 },
});
const chunk = (content: string): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-9Zk3abCdEf12',
    object: 'chat.completion.chunk',
    created: 1_714_992_000,
    model: 'gpt-4o-2024-05-13',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  })}\n\n`;
const STREAM = `${'Your order was sent on Monday.'.split(/(?= )/).map(chunk).join('')}data: [DONE]\n\n`;

const ROUNDS = 5;
const REPEATS = 4_000;
/** The best of some rounds in microseconds: what others do on the machine only ever adds. */
const bestUs = (work: () => void): number => {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < REPEATS; i += 1) work();
    return Number(process.hrtime.bigint() - start) / 1e3 / REPEATS;
  });
  return Math.min(...rounds);
};

const { byKind, misjudged } = confusionOf(LABELLED_LINES);
console.log(
  `${LABELLED_LINES.length} labelled lines, ${LABELLED_LINES.filter((l) => l.expected.length === 0).length} of them with nothing personal`,
);
console.table(
  Object.fromEntries(
    Object.entries(byKind).map(([kind, c]) => [
      kind,
      {
        TP: c.truePositives,
        FP: c.falsePositives,
        FN: c.falseNegatives,
        TN: c.trueNegatives,
        precision: c.precision.toFixed(3),
        recall: c.recall.toFixed(3),
      },
    ]),
  ),
);
console.log('Misjudged:');
for (const { text, kind, what, outOfReach } of misjudged)
  console.log(`  ${kind}: ${what}${outOfReach === null ? '' : ` (known: ${outOfReach})`}: ${text}`);

const plain = bestUs(() => {
  redactBody(REQUEST, 'application/json', false);
  redactBody(ANSWER, 'application/json', false);
});
const stream = bestUs(() => {
  redactBody(REQUEST, 'application/json', false);
  redactBody(STREAM, 'text/event-stream', false);
});
const bytes = (answer: string): number => REQUEST.length + answer.length;
console.log(
  `\nnothing found: ${plain.toFixed(1)} µs for a plain exchange of ${bytes(ANSWER)} bytes, ` +
    `${stream.toFixed(1)} µs for a streamed one of ${bytes(STREAM)} bytes`,
);
if (values.json)
  console.log(JSON.stringify({ lines: LABELLED_LINES.length, kinds: byKind, usPerExchange: { plain, stream } }));
