import type { ComponentChildren } from 'preact';

/** A text that may be longer than its place: it scrolls by itself, by the keyboard too. */
export const LongText = ({ children }: { children: ComponentChildren }) => (
  <pre class="diff" tabIndex={0}>
    {children}
  </pre>
);
