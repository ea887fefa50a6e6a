import { timeText } from '../../schemas/sentence/figures.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** `14:05:09` by the reader's clock. */
export const clockText = (atMs: number): string => {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

/** `2026-03-04 14:05:09` by the reader's clock. */
export const dayText = (atMs: number): string => {
  const at = new Date(atMs);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clockText(atMs)}`;
};

/** How long ago, in the largest unit of which there are two or more. */
export const agoText = (atMs: number, nowMs: number): string =>
  nowMs - atMs < 1_500 ? 'just now' : `${timeText(nowMs - atMs)} ago`;
