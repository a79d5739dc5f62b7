import { type ReactNode, useEffect } from 'react';
import { words } from '../words/words.ts';

/** A page's title, in the tab too, with what may be done on it. */
export function PageHead({ title, intro, children }: { title: string; intro?: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title]);
  return (
    <div className="page-head">
      <div>
        <h1>{title}</h1>
        {intro && <p className="quiet">{intro}</p>}
      </div>
      {children && <div className="actions">{children}</div>}
    </div>
  );
}
