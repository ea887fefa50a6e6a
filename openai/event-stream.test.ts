import { describe, expect, it } from 'vitest';
import { eventsOf } from './event-stream.ts';

describe('eventsOf', () => {
  it.each(['\n', '\r', '\r\n'])('reads lines that end with %j', (end) => {
    expect(eventsOf(['event: a', 'data: 1', 'data: 2', '', ': no', 'id: 7', 'data:3', '', ''].join(end))).toEqual([
      { name: 'a', data: '1\n2' },
      { name: '', data: '3' },
    ]);
  });

  it('reads every mix of line ends, a BOM, and a last event without its end', () => {
    expect(eventsOf('\uFEFFdata: 1\r\n\ndata: 2\n\r\ndata: 3\r\rdata: 4')).toEqual(
      ['1', '2', '3', '4'].map((data) => ({ name: '', data })),
    );
  });

  it('takes no longer for one line end of another kind at the end of 1 MiB', () => {
    expect(eventsOf(`${'data: {}\n\n'.repeat(104_857)}\r`)).toHaveLength(104_857);
  });

  it('leaves an event without data out, and its name', () => {
    expect(eventsOf('event: ping\n\ndata: x\n\n')).toEqual([{ name: '', data: 'x' }]);
  });

  it.each(['data: 1\r', 'data: 1\r\n', 'data: 1\n', 'data: 1'])('counts a last event cut off after %j', (text) => {
    expect(eventsOf(text)).toEqual([{ name: '', data: '1' }]);
  });
});
