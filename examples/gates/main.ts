import { parseArgs } from 'node:util';
import { TOOLS } from '../support/customer-tools.ts';
import { goldenCase } from '../support/golden.ts';

/**
 * Writes the golden dataset of the support agent, the same for the same seed:
 * `node examples/gates/main.ts > examples/gates/support-questions.yaml`. YAML says the tools once, and names them elsewhere.
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '500' }, seed: { type: 'string', default: 'golden' } },
});

const TOOLS_NAME = 'tools';
let isNamed = false;
const toolsText = (): string => {
  const text = isNamed ? `*${TOOLS_NAME}` : `&${TOOLS_NAME} ${JSON.stringify(TOOLS)}`;
  isNamed = true;
  return text;
};

const lines = Array.from({ length: Number(values.count) }, (_, i) => {
  const { hasTools, ...row } = goldenCase(values.seed, i);
  const json = JSON.stringify(row);
  return `- ${hasTools ? `${json.slice(0, -1)}, "tools": ${toolsText()} }` : json}`;
});
console.log(
  `# Written by: node examples/gates/main.ts --count ${values.count} --seed ${values.seed}\n${lines.join('\n')}`,
);
