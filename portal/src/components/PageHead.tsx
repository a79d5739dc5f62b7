import { type ReactNode, useEffect } from 'react';
import { useProductName } from '../session/appearance.ts';

/** A page's title, in the tab too, with what may be done on it. */
export function PageHead({ title, intro, children }: { title: string; intro?: string; children?: ReactNode }) {
  const product = useProductName();
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
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
