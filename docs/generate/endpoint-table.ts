import { z } from 'zod';
import { SERVED } from '../../controller/api/openapi.ts';
import type { Endpoint } from '../../schemas/endpoint.ts';
import { table } from './table.ts';

type Node = { properties?: Record<string, Node>; required?: string[]; anyOf?: Node[]; default?: unknown };

/** The fields of what may be given, those that may be left out with a question mark. */
const fieldsOf = (schema: z.ZodType): string[] => {
  const node = z.toJSONSchema(schema, { io: 'input' }) as Node;
  const object = [node, ...(node.anyOf ?? [])].find(({ properties }) => properties !== undefined);
  return Object.entries(object?.properties ?? {}).map(([name, part]) => {
    const isNeeded = object?.required?.includes(name) === true && part.default === undefined;
    return isNeeded ? name : `${name}?`;
  });
};

const givenOf = ({ query, body, isText }: Endpoint): string => {
  const asked = query === undefined ? '' : `\`?${fieldsOf(query).join('&')}\``;
  if (isText) return asked === '' ? 'text' : `text, ${asked}`;
  if (asked !== '') return asked;
  return body === undefined ? '' : `\`{${fieldsOf(body).join(', ')}}\``;
};

/** The controller's endpoints: what role each takes, how it is asked for, what may be given, and what it does and answers. */
export const endpointTable = (): string =>
  table(
    ['endpoint', 'role', 'given', 'what it does and answers'],
    Object.values(SERVED).map((endpoint) => {
      return [`\`${endpoint.method} ${endpoint.path}\``, `\`${endpoint.role}\``, givenOf(endpoint), endpoint.does];
    }),
  );
