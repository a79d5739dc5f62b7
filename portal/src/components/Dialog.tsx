import { type ReactNode, useEffect, useId, useRef } from 'react';

/**
 * A native modal dialog, open for as long as it is rendered. The browser keeps the focus in it, and gives it back; Escape
 * closes it.
 */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  return (
    // React's strict mode closes and opens it again, and the event of the first comes after that.
    <dialog ref={dialog} aria-labelledby={name} onClose={() => dialog.current?.open || onClose()}>
      <h2 id={name}>{title}</h2>
      {children}
    </dialog>
  );
}
