import { Scroll } from './scroll.tsx';
import uPlot from 'uplot';
import { useEffect, useRef } from 'preact/hooks';
import { rangeOf } from '../reading/chart-range.ts';
import { clockText } from '../reading/when.ts';

export type Line = {
  label: string;
  values: readonly (number | null)[];
  color: 'accent' | 'muted' | 'bad';
  isDashed?: boolean;
  /** Bounds the others' uncertainty: it may be cut off where little was known. */
  isLimit?: boolean;
  /** Written at the line's end. */
  note?: string;
};
export type Plotted = {
  /** Epoch milliseconds, in order. */
  timesMs: readonly number[];
  lines: readonly Line[];
  /** Between which two lines, by their places, a band is drawn. */
  band?: readonly [upper: number, lower: number];
  /** What is less is drawn at it. */
  floor?: number;
  format: (value: number) => string;
};

const HEIGHT = 190;
const REM = 13;

const colorOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const font = `${REM - 1}px system-ui, sans-serif`;

/** Writes each line's note over its last value, at the left, where it covers nothing of the latest. */
const drawNotes =
  (lines: readonly Line[]) =>
  ({ ctx, bbox, valToPos }: uPlot): void => {
    const { devicePixelRatio } = window;
    ctx.save();
    ctx.font = `600 ${(REM - 2) * devicePixelRatio}px system-ui, sans-serif`;
    ctx.lineJoin = 'round';
    ctx.setLineDash([]);
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    for (const { note, values, color } of lines) {
      const last = values.findLast((value) => value !== null);
      if (note === undefined || last == null) continue;
      const at = [bbox.left + 4 * devicePixelRatio, valToPos(last, 'y', true) - 3 * devicePixelRatio] as const;
      ctx.strokeStyle = colorOf('surface');
      ctx.lineWidth = 4 * devicePixelRatio;
      ctx.strokeText(note, ...at);
      ctx.fillStyle = colorOf(color);
      ctx.fillText(note, ...at);
    }
    ctx.restore();
  };

/** To the second where minutes would say the same again and again. */
const axisTimes = (splits: readonly number[]): string[] => {
  const texts = splits.map((at) => clockText(at * 1_000));
  const minutes = texts.map((text) => text.slice(0, 5));
  return new Set(minutes).size === minutes.length ? minutes : texts;
};

const optionsOf = ({ lines, band, format, floor }: Plotted, width: number): uPlot.Options => {
  const axis = { stroke: colorOf('muted'), grid: { stroke: colorOf('line'), width: 1 }, ticks: { show: false } };
  const range = rangeOf(lines, floor);
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    legend: { show: false },
    scales: { x: { time: true }, y: range === undefined ? {} : { range } },
    hooks: { draw: [drawNotes(lines)] },
    axes: [
      { ...axis, font, values: (_, splits) => axisTimes(splits), space: 70 },
      { ...axis, font, size: 76, values: (_, splits) => splits.map(format) },
    ],
    bands: band === undefined ? [] : [{ series: [band[0] + 1, band[1] + 1], fill: colorOf('band') }],
    series: [
      {},
      ...lines.map(({ label, color, isDashed, values }): uPlot.Series => ({
        label,
        stroke: colorOf(color),
        width: isDashed ? 1 : 2,
        ...(isDashed ? { dash: [5, 4] } : {}),
        points: { show: values.length < 40 && !isDashed, size: 5 },
        spanGaps: true,
      })),
    ],
  };
};

const dataOf = ({ timesMs, lines, floor = -Infinity }: Plotted): uPlot.AlignedData => [
  timesMs.map((ms) => ms / 1_000),
  ...lines.map(({ values }) => values.map((value) => (value === null ? null : Math.max(floor, value)))),
];

/** The same in rows, for whoever can't see lines, or wants figures. */
const Rows = ({ plotted: { timesMs, lines, format } }: { plotted: Plotted }) => (
  <details class="figures">
    <summary>Figures</summary>
    <Scroll label="figures of the chart">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timesMs.map((ms, i) => (
            <tr key={ms}>
              <td>{clockText(ms)}</td>
              {lines.map(({ label, values }) => (
                <td key={label}>{values[i] == null ? '–' : format(values[i])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  </details>
);

/** Lines over time, drawn anew in the other colours when the reader's theme changes. */
export const Chart = ({ title, plotted }: { title: string; plotted: Plotted }) => {
  const place = useRef<HTMLDivElement>(null);
  const drawn = JSON.stringify([plotted.timesMs, plotted.lines, plotted.band]);
  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    let chart: uPlot | null = null;
    const draw = (): void => {
      chart?.destroy();
      chart = new uPlot(optionsOf(plotted, current.clientWidth), dataOf(plotted), current);
    };
    draw();
    const theme = window.matchMedia('(prefers-color-scheme: dark)');
    theme.addEventListener('change', draw);
    const resized = new ResizeObserver(() => chart?.setSize({ width: current.clientWidth, height: HEIGHT }));
    resized.observe(current);
    return () => {
      resized.disconnect();
      theme.removeEventListener('change', draw);
      chart?.destroy();
    };
  }, [drawn]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${title}; its figures are in the table below it`} />
      <Rows plotted={plotted} />
    </figure>
  );
};
