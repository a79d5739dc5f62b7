import { type ReactNode, useEffect, useEffectEvent, useId, useState } from 'react';

const TYPING_MS = 350;

/** A filter with a few values. `undefined` is the first, which filters nothing. */
export function SelectFilter<Value extends string>(props: {
  readonly label: string;
  readonly value: Value | undefined;
  readonly options: readonly (readonly [Value | undefined, string])[];
  readonly onChange: (value: Value | undefined) => void;
}) {
  const { label, value, options, onChange } = props;
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? ''}
        onChange={({ target }) => onChange(options.find(([option]) => option === target.value)?.[0])}
      >
        {options.map(([option, text]) => (
          <option key={option ?? ''} value={option ?? ''}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A filter that is typed. It is taken once the typing rests. */
export function TextFilter(props: {
  readonly label: string;
  readonly value: string | undefined;
  readonly placeholder?: string;
  readonly onChange: (value: string | undefined) => void;
}) {
  const { label, value = '', placeholder, onChange } = props;
  const id = useId();
  const [typed, setTyped] = useState(value);
  // The address may change without the field: by Back, or a link that clears the filters.
  useEffect(() => setTyped(value), [value]);
  const take = useEffectEvent(() => onChange(typed === '' ? undefined : typed));
  // Only typing begins the wait anew, however often the page is drawn meanwhile.
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(take, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="search"
        value={typed}
        placeholder={placeholder}
        onChange={({ target }) => setTyped(target.value)}
      />
    </div>
  );
}

export function Filters({ label, children }: { label: string; children: ReactNode }) {
  return (
    <search className="filters" aria-label={label}>
      {children}
    </search>
  );
}
