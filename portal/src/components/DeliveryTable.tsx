import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useEndpointName } from '../api/endpoint-names.ts';
import type { DeliverySummary } from '../api/types.ts';
import { count } from '../words/format.ts';
import { words } from '../words/words.ts';
import { DeliveryStatus } from './Status.tsx';
import { Time } from './Time.tsx';

interface Props {
  readonly deliveries: readonly DeliverySummary[];
  readonly openId?: string | undefined;
  /** Whether all are of one endpoint, which the page names already. */
  readonly isOfOne?: boolean;
}

export function DeliveryTable({ deliveries, openId, isOfOne = false }: Props) {
  const { columns } = words.deliveries;
  return (
    <table className="rows deliveries">
      <thead>
        <tr>
          <th scope="col">{columns.event}</th>
          <th scope="col">{columns.status}</th>
          <th scope="col" className="number wide">
            {columns.attempts}
          </th>
          <th scope="col" className="number">
            {columns.time}
          </th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <Row key={delivery.id} delivery={delivery} isOpen={delivery.id === openId} isOfOne={isOfOne} />
        ))}
      </tbody>
    </table>
  );
}

/** Drawn again only when it changes: a list may have thousands of them. */
const Row = memo(function Row(props: { delivery: DeliverySummary; isOpen: boolean; isOfOne: boolean }) {
  const { delivery, isOpen, isOfOne } = props;
  return (
    <tr className={isOpen ? 'current' : undefined}>
      <td>
        <Link
          to="/deliveries/$deliveryId"
          params={{ deliveryId: delivery.id }}
          search={(before) => before}
          preload={false}
          className="row-link"
          aria-current={isOpen || undefined}
        >
          {delivery.event_type}
        </Link>
        {!isOfOne && <EndpointName id={delivery.endpoint_id} />}
      </td>
      <td>
        <DeliveryStatus delivery={delivery} />
      </td>
      <td className="number wide">{count(delivery.attempt_count)}</td>
      <td className="number">
        <Time at={delivery.created_at} />
      </td>
    </tr>
  );
});

function EndpointName({ id }: { id: string }) {
  return <span className="sub">{useEndpointName(id) ?? ' '}</span>;
}
