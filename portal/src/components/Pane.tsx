import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './Button.tsx';

/**
 * A pane beside a list, on a narrow screen in its place. It takes the focus when it opens and gives it back to where it was
 * when it closes; Escape closes it.
 */
export function Pane(props: { title: string; closeLabel: string; onClose: () => void; children: ReactNode }) {
  const { title, closeLabel, onClose, children } = props;
  const name = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const close = ({ key, defaultPrevented }: KeyboardEvent) => {
      if (key === 'Escape' && !defaultPrevented && document.querySelector('dialog[open]') === null) onClose();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [onClose]);
  return (
    <aside className="pane" aria-labelledby={name}>
      <div className="pane-head">
        <h2 id={name} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <Button kind="quiet" aria-label={closeLabel} onClick={onClose}>
          <span aria-hidden="true">✕</span>
        </Button>
      </div>
      {children}
    </aside>
  );
}
