import { linkTo } from '../route.ts';

export type FilterField = { name: string; label: string; options?: readonly string[] };

/** What a list is narrowed down by. It stands in the address, so that a list can be sent to somebody. */
export const Filters = ({
  view,
  query,
  fields,
}: {
  view: string;
  query: Readonly<Record<string, string>>;
  fields: readonly FilterField[];
}) => {
  const { cursor: _, ...asked } = query;
  const set = (name: string, value: string): void => {
    window.location.hash = linkTo(view, [], { ...asked, [name]: value.trim() });
  };
  return (
    <div class="filters" role="search">
      {fields.map(({ name, label, options }) => (
        <label key={name} class="inline">
          {label}
          {options === undefined ? (
            <input
              type="search"
              value={asked[name] ?? ''}
              placeholder="any"
              onChange={(event) => set(name, event.currentTarget.value)}
            />
          ) : (
            <select value={asked[name] ?? options[0]} onChange={(event) => set(name, event.currentTarget.value)}>
              {options.map((option) => (
                <option key={option} value={option}>
                  {option === '' ? 'any' : option}
                </option>
              ))}
            </select>
          )}
        </label>
      ))}
    </div>
  );
};
