import { z } from 'zod';

/** A function as the Berkeley leaderboard's prompt files define it: JSON schema with Python's type names. */
export const bfclFunction = z.object({
  name: z.string(),
  description: z.string().default(''),
  parameters: z.record(z.string(), z.unknown()),
});
type BfclFunction = z.infer<typeof bfclFunction>;

export type OpenAiTool = {
  type: 'function';
  function: { name: string; description: string; parameters: Record<string, unknown> };
};

const jsonTypes = new Map([
  ...['dict', 'object', 'HashMap', 'Hashtable'].map((name) => [name, 'object'] as const),
  ...['array', 'list', 'tuple', 'Array', 'ArrayList', 'Queue', 'Stack'].map((name) => [name, 'array'] as const),
  ...['float', 'number', 'double'].map((name) => [name, 'number'] as const),
  ...['integer', 'byte', 'short', 'long'].map((name) => [name, 'integer'] as const),
  ...['string', 'String', 'char'].map((name) => [name, 'string'] as const),
  ...['boolean', 'bool', 'Boolean'].map((name) => [name, 'boolean'] as const),
]);

/** The OpenAI form of a function: JSON schema types, and the name without the characters that API refuses. */
export function openAiTool(fn: BfclFunction): OpenAiTool {
  const parameters = jsonSchema({ ...fn.parameters, type: 'dict' });
  return { type: 'function', function: { name: openAiName(fn.name), description: fn.description, parameters } };
}

/** Names must match `^[a-zA-Z0-9_-]{1,64}$`; the recorded answers hold underscores for dots. */
function openAiName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);
}

/** A type that JSON schema has no name for ('any') allows anything; `optional` and `format` are no JSON schema. */
function jsonSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const { type, properties, items, optional: _optional, format: _format, ...rest } = schema;
  const jsonType = typeof type === 'string' ? jsonTypes.get(type) : undefined;
  return {
    ...(jsonType === undefined ? {} : { type: jsonType }),
    ...rest,
    ...(isObject(properties) ? { properties: mapped(properties) } : {}),
    ...(isObject(items) ? { items: jsonSchema(items) } : {}),
  };
}

function mapped(properties: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [name, isObject(one) ? jsonSchema(one) : one]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
