import { linkTo } from '../route.ts';

/** One of several, chosen for what the view shows. It stands in the address, as filters do. */
export const Choice = ({
  label,
  view,
  query,
  name,
  value,
  options,
}: {
  label: string;
  view: string;
  query: Readonly<Record<string, string>>;
  /** In the query. */
  name: string;
  value: string;
  options: readonly { value: string; text: string }[];
}) => (
  <label class="inline">
    {label}
    <select
      value={value}
      onChange={(event) => {
        window.location.hash = linkTo(view, [], { ...query, [name]: event.currentTarget.value });
      }}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.text}
        </option>
      ))}
    </select>
  </label>
);
