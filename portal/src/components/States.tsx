import type { ReactNode } from 'react';
import { explain } from '../api/problems.ts';
import { words } from '../words/words.ts';
import { Button } from './Button.tsx';

/** Nothing is there yet: what will be, and what to do. */
export function Empty({ title, body, children }: { title: string; body: string; children?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      <p>{body}</p>
      {children}
    </div>
  );
}

export function Loading() {
  return (
    <p className="state quiet" aria-busy="true">
      {words.common.loading}
    </p>
  );
}

/** A request that failed: in words, with what to do. */
export function Failed({ fault, again }: { fault: unknown; again?: () => void }) {
  const { title, body } = explain(fault);
  return (
    <div className="state failed" role="alert">
      <h2>{title}</h2>
      {body !== '' && <p>{body}</p>}
      {again && <Button onClick={again}>{words.common.retry}</Button>}
    </div>
  );
}

/** The same, within a form or beside a button. */
export function Refused({ fault }: { fault: unknown }) {
  if (fault === null || fault === undefined) return null;
  const { title, body } = explain(fault);
  return (
    <p className="refused" role="alert">
      <strong>{title}.</strong> {body}
    </p>
  );
}
