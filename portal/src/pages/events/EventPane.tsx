import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useId } from 'react';
import { isNotice } from '../../api/catalogue.ts';
import { useEndpointName } from '../../api/endpoint-names.ts';
import { eventQuery } from '../../api/queries.ts';
import type { DeliverySummary, EventSummary } from '../../api/types.ts';
import { useRefreshMs } from '../../components/AutoRefresh.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Pane } from '../../components/Pane.tsx';
import { Payload } from '../../components/Payload.tsx';
import { Failed, Loading } from '../../components/States.tsx';
import { DeliveryStatus } from '../../components/Status.tsx';
import { Time } from '../../components/Time.tsx';
import { words } from '../../words/words.ts';

const page = getRouteApi('/events/$eventId');

/** One event: what it holds, and what became of it at each endpoint. */
export function EventPane() {
  const { eventId } = page.useParams();
  const navigate = page.useNavigate();
  const refetchInterval = useRefreshMs();
  const { data: event, error, refetch } = useQuery({ ...eventQuery(eventId), refetchInterval });
  const close = useCallback(() => void navigate({ to: '/events', search: (before) => before }), [navigate]);
  return (
    <Pane key={eventId} title={words.events.name(event?.type ?? '')} closeLabel={words.events.close} onClose={close}>
      {event ? <Details event={event} /> : error ? <Failed fault={error} again={() => void refetch()} /> : <Loading />}
    </Pane>
  );
}

function Details({ event }: { event: EventSummary }) {
  const texts = words.events;
  const name = useId();
  const { metadata, version, resource_url: resource, deliveries } = event;
  return (
    <>
      {isNotice(event.type) && <p className="hint">{texts.noticeHint}</p>}
      <dl className="facts">
        <dt>{texts.id}</dt>
        <dd className="with-action">
          <span className="id">{event.id}</span>
          <CopyButton text={event.id} />
        </dd>
        <dt>{texts.columns.time}</dt>
        <dd>
          <Time at={event.accepted_at} />
        </dd>
        {version !== null && (
          <>
            <dt>{texts.version}</dt>
            <dd>{version}</dd>
          </>
        )}
        {resource !== null && (
          <>
            <dt>{texts.resource}</dt>
            <dd className="breaks">{resource}</dd>
          </>
        )}
        {metadata !== null && (
          <>
            <dt>{texts.metadata}</dt>
            <dd className="breaks">
              {Object.entries(metadata)
                .map(([key, value]) => `${key}: ${value}`)
                .join(', ')}
            </dd>
          </>
        )}
      </dl>
      <section aria-labelledby={name}>
        <h3 id={name}>{texts.deliveries}</h3>
        {deliveries.length === 0 ? (
          <p className="quiet">{event.matched_endpoints === null ? texts.pending : texts.noDeliveries}</p>
        ) : (
          <ul className="plain">
            {deliveries.map((delivery) => (
              <DeliveryItem key={delivery.id} delivery={delivery} />
            ))}
          </ul>
        )}
      </section>
      <Payload eventId={event.id} />
    </>
  );
}

function DeliveryItem({ delivery }: { delivery: DeliverySummary }) {
  const name = useEndpointName(delivery.endpoint_id);
  return (
    <li>
      <Link to="/deliveries/$deliveryId" params={{ deliveryId: delivery.id }} className="row-link">
        {name ?? delivery.endpoint_id}
      </Link>
      <DeliveryStatus delivery={delivery} />
    </li>
  );
}
