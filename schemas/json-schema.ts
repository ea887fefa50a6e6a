import { z } from 'zod';
import { AlertingDocument } from './alerting.ts';
import { CONTENT_REFERENCES } from './content-reference.ts';
import { AgentDocument, RolloutDocument } from './documents.ts';
import { GatePlan } from './gate-plan.ts';
import { IngressPolicy } from './ingress-policy.ts';
import { Name } from './routing-view.ts';
import { VersionSpec } from './version-spec.ts';

export const JSON_SCHEMAS = {
  'ingress-policy': { schema: IngressPolicy, title: 'coalmine ingress policy' },
  agent: { schema: AgentDocument, title: 'coalmine agent' },
  alerting: { schema: AlertingDocument, title: 'coalmine alerting' },
  'gate-plan': { schema: GatePlan, title: 'coalmine gate plan' },
  rollout: { schema: RolloutDocument, title: 'coalmine rollout' },
} as const;

const patternOf = (schema: z.ZodType): string =>
  (z.toJSONSchema(schema, { io: 'input' }) as { pattern: string }).pattern;
/** JSON Schema's patterns have no flags, and zod leaves the `i` of a name's unsaid. */
const NAME = patternOf(Name);
type Node = { pattern?: string; default?: unknown; properties?: Record<string, object> };

/** What a file may say in place of the text that the controller is sent. */
const withReferences = (properties: Record<string, object>): Record<string, object> => ({
  ...properties,
  ...Object.fromEntries(
    Object.entries(CONTENT_REFERENCES).map(([field, schema]) => {
      const { $schema: _schema, ...reference } = z.toJSONSchema(schema, { io: 'input' });
      return [field, { anyOf: [properties[field], reference] }];
    }),
  ),
});

const complete: z.core.JSONSchemaGeneratorParams['override'] = ({ zodSchema, jsonSchema }) => {
  const node = jsonSchema as Node;
  const { def } = zodSchema._zod;
  // zod knows defaults as what comes out, and leaves out some; a document says what goes in, and there durations are texts.
  if (def.type === 'default') node.default = z.encode(def.innerType, def.defaultValue);
  if (zodSchema === VersionSpec && node.properties !== undefined) node.properties = withReferences(node.properties);
  if (node.pattern === NAME) node.pattern = NAME.replaceAll('a-z', 'A-Za-z');
};

/** What a document may say, as JSON Schema 2020-12, for editors and other languages. */
export const jsonSchemaOf = (name: keyof typeof JSON_SCHEMAS): Record<string, unknown> => {
  const { schema, title } = JSON_SCHEMAS[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', override: complete });
  return { $schema, title, ...rest };
};
