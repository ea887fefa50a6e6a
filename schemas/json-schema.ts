import { z } from 'zod';
import { AgentDocument, Duration, RolloutDocument } from './documents.ts';
import { IngressPolicy } from './ingress-policy.ts';
import { Name } from './routing-view.ts';

export const JSON_SCHEMAS = {
  'ingress-policy': { schema: IngressPolicy, title: 'coalmine ingress policy' },
  agent: { schema: AgentDocument, title: 'coalmine agent' },
  rollout: { schema: RolloutDocument, title: 'coalmine rollout' },
} as const;

const patternOf = (schema: z.ZodType): string =>
  (z.toJSONSchema(schema, { io: 'input' }) as { pattern: string }).pattern;
const DURATION = patternOf(Duration);
/** JSON Schema's patterns have no flags, and zod leaves the `i` of a name's unsaid. */
const NAME = patternOf(Name);
const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
] as const;

const durationOf = (ms: number): string => {
  const [size, unit] = UNITS.find(([size]) => ms > 0 && ms % size === 0) ?? [1, 'ms'];
  return `${ms / size}${unit}`;
};

type Node = { type?: string; pattern?: string; default?: unknown; properties?: Record<string, Node>; items?: unknown };

/** zod knows defaults as what comes out; a document says what goes in, and there durations are texts. */
const withTexts = (node: Node, value: unknown): unknown => {
  if (node.pattern === DURATION && typeof value === 'number') return durationOf(value);
  if (Array.isArray(value)) return value.map((item) => withTexts((node.items ?? {}) as Node, item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withTexts(node.properties?.[name] ?? {}, part)]),
  );
};

const complete: z.core.JSONSchemaGeneratorParams['override'] = ({ zodSchema, jsonSchema }) => {
  const node = jsonSchema as Node;
  const { def } = zodSchema._zod;
  // zod leaves out what it can't turn back: the defaults of durations, and of all that has one in it.
  if (def.type === 'default') node.default = withTexts(node, def.defaultValue);
  if (node.pattern === NAME) node.pattern = NAME.replaceAll('a-z', 'A-Za-z');
};

/** What a document may say, as JSON Schema 2020-12, for editors and other languages. */
export const jsonSchemaOf = (name: keyof typeof JSON_SCHEMAS): Record<string, unknown> => {
  const { schema, title } = JSON_SCHEMAS[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', override: complete });
  return { $schema, title, ...rest };
};
