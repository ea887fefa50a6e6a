import { connect } from 'node:net';
import { hostNowMs, stampsIn } from './exchange.ts';
import { quantile } from './quantiles.ts';

const STREAMS = 4;
/** More than a stamp is long. */
const TAIL = 64;

export type Streaming = { firstP50Ms: number; chunkP50Ms: number; chunkP99Ms: number; streams: number };

/** What one connection's streams told: from a request to its first event, and of each event from its writing to its reading. */
type Heard = { firstMs: number[]; chunkMs: number[]; streams: number };

/** Streams one after the other on one connection, which is opened again if the other side closes it. */
const listen = (port: number, requests: readonly Buffer[], endsAtMs: number, heard: Heard): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let tail = '';
    let sentMs = 0;
    let isFirst = true;
    let isDone = false;
    const send = (): void => {
      tail = '';
      isFirst = true;
      isDone = false;
      sentMs = hostNowMs();
      socket.write(requests[heard.streams % requests.length]!);
    };
    const stop = setTimeout(() => socket.destroy(), endsAtMs - hostNowMs());
    socket.on('connect', send);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const nowMs = hostNowMs();
      const text = tail + bytes.toString('latin1');
      const { stampsNs, readTo } = stampsIn(text);
      for (const stampNs of stampsNs) {
        if (isFirst) heard.firstMs.push(nowMs - sentMs);
        else heard.chunkMs.push(nowMs - stampNs / 1e6);
        isFirst = false;
      }
      isDone ||= text.includes('[DONE]');
      tail = text.slice(Math.max(readTo, text.length - TAIL));
      if (!isDone || !text.endsWith('0\r\n\r\n')) return;
      heard.streams += 1;
      send();
    });
    socket.on('close', () => {
      clearTimeout(stop);
      resolve();
    });
  });

/** Four streams at a time for so long; null if no stream came to its end. */
export const measureStreams = async (
  port: number,
  requests: readonly Buffer[],
  seconds: number,
): Promise<Streaming | null> => {
  const endsAtMs = hostNowMs() + seconds * 1_000;
  const heard: Heard = { firstMs: [], chunkMs: [], streams: 0 };
  const keepListening = async (): Promise<void> => {
    for (let tries = 0; tries < 100 && hostNowMs() < endsAtMs - 50; tries++)
      await listen(port, requests, endsAtMs, heard);
  };
  await Promise.all(Array.from({ length: STREAMS }, keepListening));
  if (heard.streams === 0) return null;
  const [firstMs, chunkMs] = [heard.firstMs, heard.chunkMs].map((all) => all.toSorted((a, b) => a - b));
  return {
    firstP50Ms: quantile(firstMs!, 0.5),
    chunkP50Ms: quantile(chunkMs!, 0.5),
    chunkP99Ms: quantile(chunkMs!, 0.99),
    streams: heard.streams,
  };
};
