import { memo, useState } from 'react';
import { useEndpointNames } from '../api/endpoint-names.ts';
import type { DeliverySummary } from '../api/types.ts';
import { count } from '../words/format.ts';
import { words } from '../words/words.ts';
import { Block, Cell, LongTable, Row, RowLink, useSearchText } from './LongTable.tsx';
import { hasRunningTime, StatusAt } from './Status.tsx';
import { Time, useNow } from './Time.tsx';

interface Props {
  readonly pages: readonly (readonly DeliverySummary[])[];
  readonly openId?: string | undefined;
  /** Whether all are of one endpoint, which the page names already. */
  readonly isOfOne?: boolean;
}

export function DeliveryTable({ pages, openId, isOfOne = false }: Props) {
  const search = useSearchText();
  const { columns } = words.deliveries;
  return (
    <LongTable
      className="deliveries"
      columns={[[columns.event], [columns.status], [columns.attempts, 'number wide'], [columns.time, 'number']]}
    >
      {pages.map((deliveries, at) => (
        <DeliveryBlock
          // A page of a list keeps its place, whatever comes and goes in it.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={at}
          deliveries={deliveries}
          // Only to the block that has it: the others stay as they are.
          openId={deliveries.some(({ id }) => id === openId) ? openId : undefined}
          search={isOfOne ? '' : search}
          isOfOne={isOfOne}
        />
      ))}
    </LongTable>
  );
}

/** Drawn again only when something in it changes, and by the clock only while it is seen. */
const DeliveryBlock = memo(function DeliveryBlock(props: {
  deliveries: readonly DeliverySummary[];
  openId: string | undefined;
  search: string;
  isOfOne: boolean;
}) {
  const { deliveries, openId, search, isOfOne } = props;
  const [isSeen, setSeen] = useState(true);
  const nowMs = useNow(isSeen && deliveries.some(hasRunningTime));
  const ids = isOfOne ? [] : [...new Set(deliveries.map(({ endpoint_id: id }) => id))];
  const names = useEndpointNames(ids, isSeen);
  return (
    <Block rows={deliveries.length} onSeen={setSeen}>
      {deliveries.map((delivery) => (
        <DeliveryRow
          key={delivery.id}
          delivery={delivery}
          isOpen={delivery.id === openId}
          search={search}
          // Of a no-break space, so that nothing moves when the name comes.
          endpoint={isOfOne ? undefined : (names.get(delivery.endpoint_id) ?? '\u00a0')}
          nowMs={hasRunningTime(delivery) ? nowMs : 0}
        />
      ))}
    </Block>
  );
});

interface RowProps {
  readonly delivery: DeliverySummary;
  readonly isOpen: boolean;
  readonly search: string;
  readonly endpoint: string | undefined;
  /** Always the same where it says nothing. */
  readonly nowMs: number;
}

const DeliveryRow = memo(function DeliveryRow({ delivery, isOpen, search, endpoint, nowMs }: RowProps) {
  return (
    <Row isOpen={isOpen}>
      <Cell>
        <RowLink to={`/deliveries/${delivery.id}${search}`} isOpen={isOpen} staysBelow>
          {delivery.event_type}
        </RowLink>
        {endpoint !== undefined && <span className="sub">{endpoint}</span>}
      </Cell>
      <Cell>
        <StatusAt delivery={delivery} nowMs={nowMs} />
      </Cell>
      <Cell className="number wide">{count(delivery.attempt_count)}</Cell>
      <Cell className="number">
        <Time at={delivery.created_at} />
      </Cell>
    </Row>
  );
});
