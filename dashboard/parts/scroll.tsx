import type { ComponentChildren } from 'preact';

/** What may be wider than a phone: it scrolls by itself, by the keyboard too, and has a name for who does not see it. */
export const Scroll = ({
  label,
  isCard = false,
  children,
}: {
  label: string;
  isCard?: boolean;
  children: ComponentChildren;
}) => (
  <div class={isCard ? 'card scroll' : 'scroll'} tabIndex={0} role="region" aria-label={label}>
    {children}
  </div>
);
