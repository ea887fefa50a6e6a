import { SMTPServer } from 'smtp-server';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/process/clock.ts';
import { everythingTo, regressionOf, T0 } from '../test/alerts.fixture.ts';
import { servedForEach } from '../test/serving.harness.ts';
import { alertMessage, type Occasion } from './message.ts';
import { outgoingTo } from './receivers/table.ts';
import { signatureOf } from './receivers/webhook.ts';
import { createAlertSender } from './send.io.ts';

const { serve } = servedForEach();
const send = createAlertSender(systemClock, null);

type Got = { method: string; url: string; headers: Record<string, unknown>; body: string };

/** A receiver on this host that answers with a status and headers. */
const receive = async (status = 200, headers: Record<string, string> = {}) => {
  const got: Got[] = [];
  const url = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      response.writeHead(status, headers).end('x'.repeat(100));
    });
  });
  return { url, got };
};

const alert = {
  fact: regressionOf('support', { summary: 'fell <script>alert(1)</script> & <!channel> [a](http://b)' }),
  state: 'open',
  openedAtMs: T0,
  endedAtMs: null,
  writtenAtMs: T0,
  acknowledged: null,
  deliveries: [],
} as const;
const told = (occasion: Occasion = 'opened') =>
  alertMessage({ ...alert, deliveries: [] }, occasion, 1, 'https://coalmine.example.com');

const outgoing = (receiver: object, secret: string, ...occasions: Occasion[]) => {
  const [spec] = everythingTo(receiver).document.spec.receivers;
  return outgoingTo(spec!, occasions.length === 0 ? [told()] : occasions.map(told), { secret, nowMs: T0 });
};
const jsonOf = ({ body }: Got): unknown => JSON.parse(body);

describe('a receiver on this host', () => {
  it('of Slack gets blocks and a text, in which nothing of anybody’s is a link or a mention', async () => {
    const { url, got } = await receive();
    expect(await send(outgoing({ type: 'slack', secret: 's' }, `${url}/services/T0/B0/xyz`))).toEqual({ ok: true });
    const body = jsonOf(got[0]!) as { text: string; blocks: { type: string; text?: { text: string } }[] };
    expect(got[0]).toMatchObject({ method: 'POST', url: '/services/T0/B0/xyz' });
    expect(body.text).toContain('Worse in service: support v3');
    expect(body.blocks.map(({ type }) => type)).toEqual(['section', 'divider']);
    expect(body.blocks[0]!.text!.text).toContain('&lt;script&gt;');
    expect(body.blocks[0]!.text!.text).toContain('&lt;!channel&gt;');
    expect(body.blocks[0]!.text!.text).not.toContain('<!channel>');
    expect(body.blocks[0]!.text!.text).toContain('<https://coalmine.example.com/#/alerts?agent=support|');
    expect(got[0]!.body).toContain('language=de');
  });

  it('of Teams gets an Adaptive Card, in which nothing of anybody’s is a link', async () => {
    const { url, got } = await receive(202);
    expect(await send(outgoing({ type: 'teams', secret: 't' }, `${url}/workflows/1`))).toEqual({ ok: true });
    const body = jsonOf(got[0]!) as { attachments: { contentType: string; content: { body: { text?: string }[] } }[] };
    expect(body).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } }],
    });
    expect(body.attachments[0]!.content.body[1]!.text).toContain(String.raw`\[a\]\(http://b\)`);
  });

  it('of PagerDuty gets trigger, acknowledge and resolve under one key', async () => {
    const { url, got } = await receive(202);
    const pagerduty = { type: 'pagerduty', secret: 'p', url: `${url}/v2/enqueue` };
    for (const occasion of ['opened', 'acknowledged', 'recovered'] as const)
      expect(await send(outgoing(pagerduty, 'R0UT1NG', occasion))).toEqual({ ok: true });
    expect(got.map(jsonOf)).toMatchObject([
      {
        routing_key: 'R0UT1NG',
        event_action: 'trigger',
        dedup_key: 'regression|support',
        payload: {
          severity: 'critical',
          source: 'support',
          timestamp: '2026-03-02T14:05:00Z',
          class: 'regression',
        },
      },
      { event_action: 'acknowledge', dedup_key: 'regression|support' },
      { event_action: 'resolve', dedup_key: 'regression|support' },
    ]);
  });

  it('of Opsgenie gets an alert, its acknowledgement and its end under one alias', async () => {
    const { url, got } = await receive(202);
    const opsgenie = { type: 'opsgenie', secret: 'o', url };
    for (const occasion of ['opened', 'acknowledged', 'recovered'] as const)
      await send(outgoing(opsgenie, 'k3y', occasion));
    expect(got.map((one) => one.url)).toEqual([
      '/v2/alerts',
      '/v2/alerts/regression%7Csupport/acknowledge?identifierType=alias',
      '/v2/alerts/regression%7Csupport/close?identifierType=alias',
    ]);
    expect(got[0]!.headers['authorization']).toBe('GenieKey k3y');
    expect(jsonOf(got[0]!)).toMatchObject({ alias: 'regression|support', priority: 'P1', entity: 'support' });
  });

  it('of a webhook gets JSON that it can check by the signature, and the same key at each attempt', async () => {
    const { url, got } = await receive();
    const made = () => outgoing({ type: 'webhook', url: `${url}/hook`, secret: 'w' }, 'sh4red', 'opened', 'recovered');
    await send(made());
    await send(made());
    const [first, second] = got;
    expect(first!.headers['x-coalmine-signature']).toBe(signatureOf('sh4red', T0, first!.body));
    expect(first!.headers['idempotency-key']).toBe(second!.headers['idempotency-key']);
    expect(jsonOf(first!)).toMatchObject({
      type: 'coalmine.alerts',
      alerts: [
        { occasion: 'opened', key: 'regression|support', value: 0.88, threshold: 0.94, n: 2310 },
        { occasion: 'recovered' },
      ],
    });
  });
});

describe('an attempt', () => {
  const to = async (status: number, headers: Record<string, string> = {}) => {
    const { url, got } = await receive(status, headers);
    const result = await send(outgoing({ type: 'slack', secret: 's' }, `${url}/T0p-S3cret`));
    return { result, got };
  };

  it('that gets 429 says how long the receiver wants to be left alone', async () => {
    const { result } = await to(429, { 'retry-after': '120' });
    expect(result).toEqual({ ok: false, reason: 'the receiver answered 429', isOurs: false, retryAfterMs: 120_000 });
  });

  it('that gets 503 is one to repeat soon, and one that gets 404 is a fault of ours', async () => {
    expect((await to(503)).result).toMatchObject({ ok: false, isOurs: false });
    expect((await to(404)).result).toMatchObject({ ok: false, isOurs: true });
  });

  it('follows no redirect', async () => {
    const elsewhere = await receive();
    const { result } = await to(307, { location: elsewhere.url });
    expect(result).toMatchObject({ ok: false, reason: 'the receiver answered 307', isOurs: true });
    expect(elsewhere.got).toEqual([]);
  });

  it('at a receiver that is not there, or hangs up, says neither address nor secret', async () => {
    const url = await serve((request) => request.socket.destroy());
    for (const address of ['http://127.0.0.1:1/T0p-S3cret', `${url}/T0p-S3cret`]) {
      const result = await send(outgoing({ type: 'slack', secret: 's' }, address));
      expect(result).toMatchObject({ ok: false, isOurs: false });
      expect(JSON.stringify(result)).not.toMatch(/S3cret|127\.0/);
    }
  });

  it('at a receiver that never answers ends in time', { timeout: 20_000 }, async () => {
    const url = await serve(() => {});
    const result = await createAlertSender(systemClock, null, 50)(outgoing({ type: 'slack', secret: 's' }, url));
    expect(result).toMatchObject({ ok: false, reason: 'no answer in time' });
  });
});

describe('a mail server on this host', () => {
  const servers: SMTPServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const listen = async (answer?: { code: number }) => {
    const mails: string[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _, done) => {
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
        stream.on('end', () => {
          mails.push(text);
          done(answer === undefined ? null : Object.assign(new Error('no'), { responseCode: answer.code }));
        });
      },
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.server.address() as AddressInfo;
    return { mails, url: `smtp://127.0.0.1:${port}` };
  };
  const serverOf = (url: string, user: string | null = null) => ({
    url,
    from: 'coalmine@example.com',
    user,
    password: () => 'p4ss',
  });
  const email = { type: 'email', to: ['team@example.com', 'lead@example.com'] };

  it('gets text and HTML, one header line for each, and an id that is the same at each attempt', async () => {
    const { mails, url } = await listen();
    const sender = createAlertSender(systemClock, serverOf(url));
    const evil = { ...told(), title: 'x\r\nBcc: all@example.com\r\n\r\n<b>hi</b>' };
    const [spec] = everythingTo(email).document.spec.receivers;
    const made = outgoingTo(spec!, [evil], { secret: '', nowMs: T0 });
    expect(await sender(made)).toEqual({ ok: true });
    expect(await sender(made)).toEqual({ ok: true });
    const [head = ''] = mails[0]!.split('\r\n\r\n');
    expect(head).not.toMatch(/^bcc:/im);
    expect(head).toMatch(/^Subject: \[coalmine\] x Bcc: all@example.com <b>hi<\/b>$/m);
    expect(mails[0]).toContain('&lt;b&gt;hi&lt;/b&gt;');
    expect(mails[0]!.slice(mails[0]!.indexOf('text/html'))).not.toContain('<script>');
    const idOf = (mail: string) => /^Message-ID: (.+)$/im.exec(mail)?.[1];
    expect(idOf(mails[0]!)).toBe(idOf(mails[1]!));
  });

  it('that refuses for good is a fault of ours, one that refuses for now is not', async () => {
    for (const [code, isOurs] of [
      [550, true],
      [451, false],
    ] as const) {
      const { url } = await listen({ code });
      const result = await createAlertSender(systemClock, serverOf(url))(outgoing(email, ''));
      expect(result).toMatchObject({ ok: false, reason: `the mail server answered ${code}`, isOurs });
    }
  });

  it('gets no password without TLS', async () => {
    const { mails, url } = await listen();
    const result = await createAlertSender(systemClock, serverOf(url, 'ann'))(outgoing(email, ''));
    expect(result.ok).toBe(false);
    expect(mails).toEqual([]);
  });

  it('that nobody has set up is said', async () => {
    expect(await send(outgoing(email, ''))).toMatchObject({ ok: false, isOurs: true });
  });
});
