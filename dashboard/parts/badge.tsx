import type { ComponentChildren } from 'preact';
import type { Tone } from '../reading/verdict.ts';

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', wait: '…', calm: '–' };

/** A word with its tone, told by sign and colour. */
export const Badge = ({ tone, children }: { tone: Tone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>
    <span class="sign" aria-hidden="true">
      {SIGNS[tone]}
    </span>
    {children}
  </span>
);
