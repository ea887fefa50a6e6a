import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { closedAfterEach, until, viewOf } from './front-door.harness.ts';
import type { TestFrontDoor } from './front-door.harness.ts';
import { callRaw, mirror, RawClient, startRawVersion } from './raw-http.harness.ts';

const { closed, frontDoor, onClose } = closedAfterEach();
const setUp = async (answer: (req: IncomingMessage, res: ServerResponse) => void) => {
  const v1 = closed(await startRawVersion(answer));
  return { v1, door: await frontDoor({ views: [viewOf(`${v1.url}/v1`, `${v1.url}/v1`, 0)] }) };
};
const exchange = (door: TestFrontDoor, at = 0) => until(() => door.exchanges()[at], 'the exchange');

describe('the bytes of headers', () => {
  const VALUES: readonly [string, Buffer][] = [
    ['UTF-8', Buffer.from('attachment; filename="résumé – 中文 🎉.pdf"')],
    ['a letter of which 0xA0 is a part', Buffer.from('attachment; filename="voilà"')],
    ['Latin-1', Buffer.from('attachment; filename="caf\xe9 \xff.pdf"', 'latin1')],
    ['blanks within', Buffer.from('attachment; filename="a  b\tc.pdf"')],
  ];
  const afterName = (bytes: Buffer, name: string): Buffer => {
    const at = bytes.indexOf(`\r\n${name}: `, 0, 'latin1') + name.length + 4;
    return bytes.subarray(at, bytes.indexOf('\r\n', at));
  };

  it.each(VALUES)('pass as they were sent, both ways: %s', async (_name, value) => {
    let got: Buffer = Buffer.alloc(0);
    const { door } = await setUp((req, res) => {
      got = Buffer.from(String(req.headers['x-name']), 'latin1');
      // As Node.js would have it: one character a byte.
      res.writeHead(200, { 'content-disposition': value.toString('latin1'), 'content-type': 'a/b' }).end('{}');
    });
    const client = new RawClient(door.server.port);
    onClose(async () => client.destroy());
    client.write(
      Buffer.concat([
        Buffer.from('GET /agents/support/x HTTP/1.1\r\nhost: a\r\nx-name: '),
        value,
        Buffer.from('\r\n\r\n'),
      ]),
    );
    await until(() => client.received.includes('\r\n\r\n'), 'the answer');
    expect(got).toEqual(value);
    expect(afterName(client.received, 'content-disposition')).toEqual(value);
  });

  /** The value of a header as the version gets it, of a request with these lines. */
  const sent = async (lines: Buffer): Promise<Buffer> => {
    let got: Buffer | undefined;
    const { door } = await setUp((req, res) => {
      got = Buffer.from(String(req.headers['x-name']), 'latin1');
      res.end('{}');
    });
    const client = new RawClient(door.server.port);
    onClose(async () => client.destroy());
    client.write(
      Buffer.concat([Buffer.from('GET /agents/support/x HTTP/1.1\r\nhost: a\r\n'), lines, Buffer.from('\r\n')]),
    );
    return until(() => got, 'the request');
  };

  // It takes them for blanks where a character has a sign, and tells nobody what it took: as docs/front-door-protocols.md has it.
  it.runIf(process.arch === 'x64').each([
    ['voilà', 'voil'],
    ['é, in the middle too, é', ', in the middle too,'],
    ['"voilà"', '"voilà"'],
    ['中文', ''],
    ['  blanks  ', 'blanks'],
  ])('at both ends of a request’s value uWebSockets.js cuts those from 0x80 on: %j is %j', async (value, rest) => {
    expect((await sent(Buffer.from(`x-name: ${value}\r\n`))).toString()).toBe(rest);
  });

  it('of the second of two headers of one name pass if they are UTF-8, and are replaced if not', async () => {
    const [first, second] = [Buffer.from('x-name: "caf\xe9"\r\n', 'latin1'), Buffer.from('x-name: "é"\r\n')];
    expect(await sent(Buffer.concat([first, second]))).toEqual(
      Buffer.concat([Buffer.from('"caf\xe9", ', 'latin1'), Buffer.from('"é"')]),
    );
    expect(await sent(Buffer.concat([second, first]))).toEqual(Buffer.from('"é", "caf\uFFFD"'));
  });

  it('are text to whom stickiness follows: a name is the same in a header and in a body', async () => {
    const { door } = await setUp(mirror);
    const send = (user: string | null, subject: string) =>
      callRaw(
        `${door.url}/v1/chat/completions`,
        { method: 'POST', headers: { 'x-coalmine-subject': Buffer.from(subject).toString('latin1') } },
        // As bytes: Node.js would write headers in the coding of a body that is text.
        Buffer.from(JSON.stringify({ model: 'support', messages: [], ...(user === null ? {} : { user }) })),
      );
    await send('Jürg', 'nobody');
    await send(null, 'Jürg');
    await exchange(door, 1);
    const [first, second] = door.exchanges();
    expect(second!.subject).toBe(first!.subject);
  });

  it('that a version sends pass whatever they end with', async () => {
    const value = Buffer.from('voilàé');
    const { door } = await setUp((_req, res) => res.writeHead(200, { 'x-name': value.toString('latin1') }).end('{}'));
    const client = new RawClient(door.server.port);
    onClose(async () => client.destroy());
    client.write('GET /agents/support/x HTTP/1.1\r\nhost: a\r\n\r\n');
    await until(() => client.received.includes('\r\n\r\n'), 'the answer');
    expect(afterName(client.received, 'x-name')).toEqual(value);
  });
});
