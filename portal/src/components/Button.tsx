import type { ButtonHTMLAttributes } from 'react';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` is the one thing to do on a page; `danger` cannot be undone. */
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
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
        if (isBusy) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
