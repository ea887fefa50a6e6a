import { capitalized } from '../../schemas/sentence/figures.ts';
import { htmlText } from '../html-text.ts';
import { hash } from 'node:crypto';
import type { OpenApi, Operation } from './openapi.ts';

type Node = Record<string, unknown>;

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre, details { background: var(--soft); padding: .5rem; overflow-x: auto; }
article { border-top: 1px solid var(--line); padding: .5rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; }
`;

/** Nothing is fetched, run, framed or sent from the page; its style is known by its hash. */
export const REFERENCE_POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const code = (text: string): string => `<code>${htmlText(text)}</code>`;
/** What stands between backticks as code. */
const prose = (text: string): string => htmlText(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const BOUNDS = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'pattern', 'default'] as const;
const boundsOf = (node: Node): string =>
  BOUNDS.flatMap((name) => (node[name] === undefined ? [] : [`${name} ${JSON.stringify(node[name])}`])).join(', ');

/** What a value looks like, in a line: a link where that is told under a name of its own. */
const typeOf = (node: Node): string => {
  const ref = node['$ref'];
  if (typeof ref === 'string') {
    const name = ref.split('/').at(-1) ?? '';
    return `<a href="#${htmlText(name)}">${htmlText(name)}</a>`;
  }
  const { anyOf, type } = node;
  if (Array.isArray(anyOf)) return (anyOf as Node[]).map(typeOf).join(' or ');
  if (Array.isArray(node['enum']))
    return (node['enum'] as unknown[]).map((one) => code(JSON.stringify(one))).join(' or ');
  if ('const' in node) return code(JSON.stringify(node['const']));
  if (type === 'array') return `list of ${typeOf((node['items'] ?? {}) as Node)}`;
  if (type === 'object' && node['properties'] !== undefined) return fieldsOf(node);
  if (type === 'object') return `map of ${typeOf((node['additionalProperties'] ?? {}) as Node)}`;
  return htmlText(Array.isArray(type) ? type.join(' or ') : typeof type === 'string' ? type : 'any');
};

const fieldsOf = ({ properties, required }: Node): string => {
  const rows = Object.entries((properties ?? {}) as Record<string, Node>).map(([name, node]) => {
    const isNeeded = Array.isArray(required) && required.includes(name);
    return `<tr><td>${code(isNeeded ? name : `${name}?`)}</td><td>${typeOf(node)} <small>${htmlText(boundsOf(node))}</small></td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
};

const curlOf = (method: string, path: string, { parameters, requestBody }: Operation): string => {
  const query = parameters.filter(({ in: place, required }) => place === 'query' && required);
  const asked = query.map(({ name }) => `${name}={${name}}`).join('&');
  const types = Object.keys(requestBody?.content ?? {});
  const body = types[0] === 'application/json' ? `-d '{}'` : '--data-binary @file.yaml';
  const sent = types[0] === undefined ? '' : ` \\\n  -H 'content-type: ${types[0]}' ${body}`;
  const how = method === 'get' ? '' : ` -X ${method.toUpperCase()}`;
  return `curl${how} "$CONTROLLER_URL${path}${asked === '' ? '' : `?${asked}`}" \\\n  -H "authorization: Bearer $(cat your.key)"${sent}`;
};

const parametersOf = ({ parameters }: Operation): string =>
  parameters.length === 0
    ? ''
    : `<table><tr><th>parameter</th><th>in</th><th>value</th></tr>${parameters
        .map(
          ({ name, in: place, required, schema }) =>
            `<tr><td>${code(required ? name : `${name}?`)}</td><td>${place}</td><td>${typeOf(schema)} <small>${htmlText(boundsOf(schema))}</small></td></tr>`,
        )
        .join('')}</table>`;

const bodyOf = ({ requestBody }: Operation): string => {
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return content === undefined ? '' : `<p>Body, ${code(type ?? '')}: ${typeOf(content.schema)}</p>`;
};

const answersOf = ({ responses }: Operation): string => {
  const rows = Object.entries(responses).map(([status, response]) => {
    const content = Object.values((response['content'] ?? {}) as Record<string, { schema: Node }>)[0];
    const what = typeof response['$ref'] === 'string' ? (response['$ref'].split('/').at(-1) ?? '') : '';
    return `<tr><td>${status}</td><td>${content === undefined ? `<a href="#${what}">${what}</a>` : typeOf(content.schema)}</td></tr>`;
  });
  return `<details><summary>Answers</summary><table>${rows.join('')}</table></details>`;
};

const operation = (method: string, path: string, of: Operation): string =>
  `<article id="${of.operationId}"><h3>${htmlText(of.summary)}</h3><p>${code(`${method.toUpperCase()} ${path}`)}, role ${code(of['x-role'])}</p>
<p>${prose(of.description.split('\n\n')[0] ?? '')}</p>${parametersOf(of)}${bodyOf(of)}<pre>${htmlText(curlOf(method, path, of))}</pre>${answersOf(of)}</article>`;

/** The document as a page for people, which needs nothing else. */
export const referencePage = ({ info, tags, paths, components }: OpenApi): string => {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, of]) => ({ path, method, of })),
  );
  const sections = tags.map(({ name }) => {
    const own = operations.filter(({ of }) => of.tags.includes(name));
    return `<section><h2 id="tag-${name}">${capitalized(name)}</h2>${own.map(({ path, method, of }) => operation(method, path, of)).join('')}</section>`;
  });
  const problems = Object.entries(components.responses as Record<string, Node>).map(
    ([kind, { description }]) => `<tr id="${kind}"><td>${code(kind)}</td><td>${prose(String(description))}</td></tr>`,
  );
  const schemas = Object.entries(components.schemas as Record<string, Node>).map(
    ([name, node]) => `<details id="${name}"><summary>${htmlText(name)}</summary>${typeOf(node)}</details>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${htmlText(String(info['title']))}</title><style>${STYLE}</style></head>
<body><h1>${htmlText(String(info['title']))}</h1><p>${prose(String(info['description']))} For programs: <a href="/openapi.json">/openapi.json</a>.</p>
<nav>${tags.map(({ name }) => `<a href="#tag-${name}">${name}</a>`).join(' · ')}</nav>
${sections.join('\n')}
<section><h2>Problems</h2><table>${problems.join('')}</table></section>
<section><h2>Schemas</h2>${schemas.join('\n')}</section></body></html>
`;
};
