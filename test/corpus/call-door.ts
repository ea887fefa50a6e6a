import { request } from 'node:http';
import { encoded } from './content-coding.ts';
import type { Header, Input } from './input-file.ts';
import { KEY_HEADER } from './raw-version.ts';

/** What a client got. `isWhole` is false where the connection broke before the end; header values are UTF-8. */
export type GotAnswer = { status: number; headers: readonly Header[]; body: Buffer; isWhole: boolean };

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString();

const pairs = (raw: readonly string[]): Header[] =>
  raw.flatMap((name, i): Header[] => (i % 2 === 0 ? [[name.toLowerCase(), utf8(raw[i + 1]!)]] : []));

/** Makes an input's call of a front door, over a connection of its own. */
export const callDoor = (url: string, { method, path, headers, body }: Input['request'], key: string) =>
  new Promise<GotAnswer>((resolve, reject) => {
    const sent = encoded(headers, body);
    const fields = Object.fromEntries(headers.map(([name, value]) => [name, latin1(value)]));
    const length = sent.length > 0 ? { 'content-length': sent.length } : {};
    const { hostname: host, port } = new URL(url);
    // The path as it is written: in a URL, dots would be taken out of it.
    const target = { host, port, method, path, agent: false };
    const call = request({ ...target, headers: { ...fields, ...length, [KEY_HEADER]: key } });
    call.once('response', (answer) => {
      const parts: Buffer[] = [];
      const done = (isWhole: boolean): void =>
        resolve({ status: answer.statusCode!, headers: pairs(answer.rawHeaders), body: Buffer.concat(parts), isWhole });
      answer.on('data', (part: Buffer) => void parts.push(part));
      answer.once('end', () => done(true));
      answer.once('error', () => done(false));
    });
    call.once('error', reject);
    call.end(sent);
  });
