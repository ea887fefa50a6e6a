import { PassThrough } from 'node:stream';
import { Agent, errors } from 'undici';
import type { Dispatcher } from 'undici';
import { baseUrlOf, targetBelow } from '../../openai/base-url.ts';
import type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamLimits,
  UpstreamRequest,
  UpstreamSink,
} from '../protocol/upstream-call.ts';

const KINDS: readonly [new (...args: never[]) => Error, UpstreamFailure['kind']][] = [
  [errors.ConnectTimeoutError, 'connect_timeout'],
  [errors.HeadersTimeoutError, 'first_byte_timeout'],
  [errors.BodyTimeoutError, 'idle_timeout'],
  [errors.HTTPParserError, 'protocol'],
];

const failureOf = (error: Error, sawHead: boolean): UpstreamFailure => {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const known = KINDS.find(([type]) => error instanceof type)?.[1];
  const kind =
    known ??
    (!sawHead && /^(ECONN(REFUSED|ABORTED)|ENOTFOUND|EHOST|ENET|ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_)/.test(code)
      ? 'connect'
      : 'closed');
  return { kind, message: error.message };
};

const headerPairs = (lines: string): string[] =>
  lines
    .split('\r\n')
    .filter((line) => line !== '')
    .flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);

const lowerHeaders = (headers: Record<string, string | string[] | undefined>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name.toLowerCase(), one]));

/** A body that comes in parts, with the length that its head tells if it is known. */
const streamOf = ({ body }: UpstreamRequest): { stream: PassThrough; lengthLines: string[] } | null =>
  body instanceof Uint8Array
    ? null
    : {
        stream: new PassThrough(),
        lengthLines: body.lengthBytes === null ? [] : ['content-length', String(body.lengthBytes)],
      };

/** For `https:` upstreams: undici, which knows TLS. */
export const createUpstreamTls = () => {
  /** By connect timeout, which is an agent's and not a request's. */
  const agents = new Map<number, Agent>();
  const agentFor = ({ connectMs }: UpstreamLimits): Agent => {
    const known = agents.get(connectMs);
    if (known) return known;
    const agent = new Agent({ connect: { timeout: connectMs }, pipelining: 1 });
    agents.set(connectMs, agent);
    return agent;
  };

  const send = (request: UpstreamRequest, sink: UpstreamSink): UpstreamCall => {
    const { limits } = request;
    const upload = streamOf(request);
    upload?.stream.on('drain', () => sink.onWritable?.());
    let controller: Dispatcher.DispatchController | null = null;
    let isOver = false;
    let sawHead = false;
    const over = (failure?: UpstreamFailure): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(total);
      if (failure) sink.onFailure(failure);
      else sink.onEnd();
    };
    const abort = (): void => {
      isOver = true;
      clearTimeout(total);
      upload?.stream.destroy();
      controller?.abort(new Error('no longer wanted'));
    };
    const total = setTimeout(() => {
      over({ kind: 'total_timeout', message: 'the answer took too long' });
      abort();
    }, limits.totalMs);
    const base = baseUrlOf(request.upstream);
    agentFor(limits).dispatch(
      {
        origin: base.origin,
        path: targetBelow(base, request.path),
        method: request.method,
        headers: [...headerPairs(request.headerLines), ...(upload?.lengthLines ?? [])],
        body: upload?.stream ?? (request.body as Buffer),
        headersTimeout: limits.firstByteMs,
        bodyTimeout: limits.idleMs,
      },
      {
        onRequestStart: (begun) => {
          controller = begun;
          if (isOver) begun.abort(new Error('no longer wanted'));
        },
        onResponseStart: (_controller, status, headers) => {
          if (isOver || status < 200) return;
          sawHead = true;
          sink.onHead(status, lowerHeaders(headers));
        },
        onResponseData: (_controller, chunk) => {
          if (!isOver) sink.onData(chunk);
        },
        onResponseEnd: () => over(),
        onResponseError: (_controller, error) => over(failureOf(error, sawHead)),
      },
    );
    return {
      abort,
      pause: () => controller?.pause(),
      resume: () => controller?.resume(),
      write: (chunk) => upload?.stream.write(chunk) ?? true,
      end: () => upload?.stream.end(),
    };
  };

  return {
    send,
    close: () => {
      for (const agent of agents.values()) void agent.destroy();
    },
  };
};
