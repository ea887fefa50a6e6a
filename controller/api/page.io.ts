import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where `npm run build` puts the page. */
export const PAGE_FOLDER = path.resolve(import.meta.dirname, '../../dashboard/dist');

/** Scripts, styles and answers come from this origin alone, nothing stands in the HTML, and nobody frames it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const NOT_BUILT = 'The page is not built here: run `npm run build`, then start the controller again.\n';

/** Takes no key: the page is in the source for everyone, and holds nothing of this installation before it asks for it. */
export const isOfPage = (path: string): boolean => path === '/' || path.startsWith('/assets/');

type File = { type: string; body: Buffer; packed: Buffer };
const fileOf = (body: Buffer, type: string): File => ({ type, body, packed: gzipSync(body) });

const assetsIn = (folder: string): Map<string, File> => {
  const assets = path.join(folder, 'assets');
  const known = readdirSync(assets).filter((name) => path.extname(name) in TYPES);
  return new Map(
    known.map((name) => [name, fileOf(readFileSync(path.join(assets, name)), TYPES[path.extname(name)] ?? '')]),
  );
};

const send = (request: FastifyRequest, reply: FastifyReply, { type, body, packed }: File): FastifyReply => {
  const takesPacked = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  void reply
    .type(type)
    .header('vary', 'accept-encoding')
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('content-security-policy', POLICY);
  return takesPacked ? reply.header('content-encoding', 'gzip').send(packed) : reply.send(body);
};

/** Serves the page's files, as they were at the start. Their names change with their content, so browsers keep all but the first. */
export const pageRoutes = (app: FastifyInstance, folder: string): void => {
  const html = path.join(folder, 'page.html');
  const isBuilt = existsSync(html);
  const first = isBuilt ? fileOf(readFileSync(html), 'text/html; charset=utf-8') : null;
  const assets = isBuilt ? assetsIn(folder) : new Map<string, File>();
  app.get('/', async (request, reply) =>
    first === null
      ? reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
      : send(request, reply.header('cache-control', 'no-cache'), first),
  );
  app.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const asset = assets.get(request.params.name);
    if (asset === undefined) return reply.callNotFound();
    return send(request, reply.header('cache-control', 'public, max-age=31536000, immutable'), asset);
  });
};
