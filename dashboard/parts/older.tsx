import { linkTo } from '../route.ts';

/** To the page behind this one, and back to the first. */
export const Older = ({
  view,
  query,
  next,
}: {
  view: string;
  query: Readonly<Record<string, string>>;
  next: string | null;
}) => {
  const { cursor, ...first } = query;
  if (next === null && cursor === undefined) return null;
  return (
    <p class="filters">
      {cursor !== undefined && <a href={linkTo(view, [], first)}>To the first</a>}
      {next !== null && <a href={linkTo(view, [], { ...first, cursor: next })}>More</a>}
    </p>
  );
};
