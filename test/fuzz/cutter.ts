import { SseCutter } from '../../openai/streams/sse.ts';
import { eventsOf } from '../../openai/event-stream.ts';

const isEnd = (event: Buffer): boolean =>
  eventsOf(event.toString('latin1')).some(({ data }) => data.trim() === '[DONE]');

/** Our cutter of event streams, with `data: [DONE]` for the end. */
export const createCutter = (): Pick<SseCutter, 'push' | 'done' | 'rest'> =>
  new SseCutter({ see: isEnd, seeTrimmed: () => false });
