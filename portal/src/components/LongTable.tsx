import { useLocation, useRouter } from '@tanstack/react-router';
import { type CSSProperties, type ReactNode, useEffect, useRef } from 'react';

// Tables of thousands of rows. They come in blocks, a page of the API each: the browser draws those that are seen, and of the
// others keeps only the height. To be left out like that, a block must not be laid out as a part of a table: so tables, blocks
// and rows are boxes and grids here, and name their roles, which some browsers take from the layout. All rows stay in the
// document, where people's searches and screen readers find them.

const ROLES = { table: 'table', block: 'rowgroup', row: 'row', cell: 'cell', head: 'columnheader' } as const;

/** A column's head, and the class of its cells. */
export type Column = readonly [head: string, className?: 'number' | 'wide' | 'number wide'];

/** @param className names the table: the widths of its columns and the height of its rows are found by it. */
export function LongTable(props: { className: string; columns: readonly Column[]; children: ReactNode }) {
  const { className, columns, children } = props;
  return (
    <table role={ROLES.table} className={`rows long ${className}`}>
      <thead role={ROLES.block}>
        <tr role={ROLES.row}>
          {columns.map(([head, ofCells]) => (
            <th role={ROLES.head} scope="col" key={head} className={ofCells}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      {children}
    </table>
  );
}

/**
 * Some rows of a long table, which are drawn together.
 * @param onSeen is told whether they are drawn, as often as that changes; a browser that never tells draws all of them. It
 * must stay the same function.
 */
export function Block(props: { rows: number; onSeen?: (isSeen: boolean) => void; children: ReactNode }) {
  const { rows, onSeen, children } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => {
    const { current } = body;
    if (current === null || onSeen === undefined) return;
    const note = (event: Event) => onSeen(Reflect.get(event, 'skipped') === false);
    current.addEventListener('contentvisibilityautostatechange', note);
    return () => current.removeEventListener('contentvisibilityautostatechange', note);
  }, [onSeen]);
  const style: CSSProperties & { '--rows': number } = { '--rows': rows };
  return (
    <tbody role={ROLES.block} ref={body} style={style}>
      {children}
    </tbody>
  );
}

export function Row({ isOpen = false, children }: { isOpen?: boolean; children: ReactNode }) {
  return (
    <tr role={ROLES.row} className={isOpen ? 'current' : undefined}>
      {children}
    </tr>
  );
}

export function Cell({ className, children }: { className?: string; children?: ReactNode }) {
  return (
    <td role={ROLES.cell} className={className}>
      {children}
    </td>
  );
}

interface RowLinkProps {
  /** Within the portal, with its search. */
  readonly to: string;
  readonly isOpen?: boolean;
  /** Whether the list stays where it is, as beside a pane. */
  readonly staysBelow?: boolean;
  readonly children: ReactNode;
}

/** Leads where its row leads. The router's own links follow each change of the address, which thousands must not. */
export function RowLink({ to, isOpen = false, staysBelow = false, children }: RowLinkProps) {
  const router = useRouter();
  const href = `${router.basepath}${to}`;
  return (
    <a
      href={href}
      className="row-link"
      aria-current={isOpen || undefined}
      onClick={(event) => {
        const opensElsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
        if (event.defaultPrevented || event.button !== 0 || opensElsewhere) return;
        event.preventDefault();
        void router.navigate({ href, resetScroll: !staysBelow });
      }}
    >
      {children}
    </a>
  );
}

/** The search of the present address, to go on with. */
export const useSearchText = (): string => useLocation({ select: ({ searchStr }) => searchStr });
