import type { ButtonHTMLAttributes } from 'react';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` is the one thing to do on a page; `danger` cannot be undone, and `danger-first` asks before it. */
  readonly kind?: 'plain' | 'primary' | 'danger' | 'danger-first' | 'quiet';
  /** While its work is under way: it stays focused and says so, but does nothing. */
  readonly isBusy?: boolean;
}

export function Button({ kind = 'plain', isBusy = false, className = '', onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={`button ${kind} ${className}`.trim()}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      onClick={(event) => {
        // A double click presses once: by its second press the button may be another one, such as that which undoes the first.
        if (isBusy || event.detail > 1) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
