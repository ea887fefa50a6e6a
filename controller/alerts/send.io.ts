import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Clock } from '../../platform/process/clock.ts';
import { askedToWaitMs } from '../../platform/process/retry-after.ts';
import type { SendResult } from './plan-deliveries.ts';
import type { HttpRequest, Mail } from './receivers/format.ts';
import type { SendAlert } from './sending.ts';

const TIMEOUT_MS = 10_000;

/** The operator's server for mail. `password` is read at each use. */
export type MailServer = { url: string; from: string; user: string | null; password: () => string | null };

const failed = (reason: string, isOurs = false, retryAfterMs: number | null = null): SendResult => ({
  ok: false,
  reason,
  isOurs,
  retryAfterMs,
});

/** What went wrong, without what was asked: addresses and headers have secrets in them. */
const codeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  return typeof code === 'string' ? code : 'the connection failed';
};

/** One attempt. Redirects are not followed, and nothing is read of the answer but its head. */
const post = async ({ url, headers, body }: HttpRequest, clock: Clock, timeoutMs: number): Promise<SendResult> => {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    if (response.ok) return { ok: true };
    const { status } = response;
    const isOurs = status >= 300 && status < 500 && status !== 408 && status !== 425 && status !== 429;
    const retryAfterMs = askedToWaitMs((name) => response.headers.get(name) ?? '', clock.nowMs());
    return failed(`the receiver answered ${status}`, isOurs, retryAfterMs);
  } catch (error) {
    return failed(codeOf(error));
  }
};

const mail = async (
  { to, subject, text, html, messageId }: Mail,
  server: MailServer | null,
  timeoutMs: number,
): Promise<SendResult> => {
  if (server === null)
    return failed('the operator has set up no mail (CONTROLLER_SMTP_URL, CONTROLLER_SMTP_FROM)', true);
  try {
    const { protocol, hostname, port } = new URL(server.url);
    const secure = protocol === 'smtps:';
    const transport = createTransport({
      host: hostname,
      port: Number(port) || (secure ? 465 : 587),
      secure,
      // A password goes over no plain connection.
      requireTLS: !secure && server.user !== null,
      ...(server.user !== null && { auth: { user: server.user, pass: server.password() ?? '' } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const options: SendMailOptions = { from: server.from, to: [...to], subject, text, html, messageId };
    const ended = transport.sendMail({ ...options, disableFileAccess: true, disableUrlAccess: true });
    try {
      await within(timeoutMs, ended);
      return { ok: true };
    } finally {
      transport.close();
    }
  } catch (error) {
    const { responseCode } = error as { responseCode?: unknown };
    const status = typeof responseCode === 'number' ? responseCode : null;
    return status === null ? failed(codeOf(error)) : failed(`the mail server answered ${status}`, status >= 500);
  }
};

const within = async (timeoutMs: number, ended: Promise<unknown>): Promise<void> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DOMException('', 'TimeoutError')), timeoutMs);
  ended.catch(() => {});
  try {
    await Promise.race([ended, promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Sends by HTTP and by mail. An attempt ends within 10 s, whatever the receiver does. */
export const createAlertSender =
  (clock: Clock, server: MailServer | null, timeoutMs = TIMEOUT_MS): SendAlert =>
  (outgoing) =>
    outgoing.kind === 'http' ? post(outgoing, clock, timeoutMs) : mail(outgoing, server, timeoutMs);
