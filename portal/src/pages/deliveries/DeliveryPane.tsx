import { ok } from '@postrider/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useAct } from '../../api/act.ts';
import { api } from '../../api/api.ts';
import { useEndpointName, usePresentEndpoint } from '../../api/endpoint-names.ts';
import { deliveryQuery } from '../../api/queries.ts';
import type { Delivery } from '../../api/types.ts';
import { useRefreshMs } from '../../components/AutoRefresh.tsx';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Pane } from '../../components/Pane.tsx';
import { Payload } from '../../components/Payload.tsx';
import { Failed, Loading, Refused } from '../../components/States.tsx';
import { Badge, DeliveryStatus, NextProbe } from '../../components/Status.tsx';
import { Time } from '../../components/Time.tsx';
import { useMay } from '../../session/sign-in.ts';
import { words } from '../../words/words.ts';
import { Timeline } from './Timeline.tsx';

const page = getRouteApi('/deliveries/$deliveryId');

const PENDING_MS = 1_000;

/** One delivery: what became of it and why, its payload, every attempt. */
export function DeliveryPane() {
  const { deliveryId } = page.useParams();
  const navigate = page.useNavigate();
  const refreshMs = useRefreshMs();
  const query = useQuery({
    ...deliveryQuery(deliveryId),
    // An attempt that is about to be made is over in a moment, and somebody waits for it.
    refetchInterval: ({ state }) => (refreshMs !== false && state.data?.status === 'pending' ? PENDING_MS : refreshMs),
  });
  const close = useCallback(() => void navigate({ to: '/deliveries', search: (before) => before }), [navigate]);
  const { data: delivery, error, refetch } = query;
  return (
    // Another delivery is another pane: with a focus, a scroll position and an answer of its own.
    <Pane
      key={deliveryId}
      title={words.pane.name(delivery?.event_type ?? '')}
      closeLabel={words.pane.close}
      onClose={close}
    >
      {delivery ? (
        <Details delivery={delivery} />
      ) : error ? (
        <Failed fault={error} again={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </Pane>
  );
}

function Details({ delivery }: { delivery: Delivery }) {
  const endpoint = useEndpointName(delivery.endpoint_id);
  const present = usePresentEndpoint(delivery.endpoint_id);
  const texts = words.pane;
  return (
    <>
      <section className="verdict">
        <DeliveryStatus delivery={delivery}>
          {delivery.waiting_for === 'circuit' && present !== undefined && (
            <span className="reason">
              <NextProbe endpoint={present} />
            </span>
          )}
        </DeliveryStatus>
        <Advice delivery={delivery} />
        <Actions delivery={delivery} />
      </section>
      <dl className="facts">
        <dt>{texts.endpoint}</dt>
        <dd>
          <Link to="/endpoints/$endpointId" params={{ endpointId: delivery.endpoint_id }}>
            {endpoint ?? delivery.endpoint_id}
          </Link>
        </dd>
        <dt>{texts.event}</dt>
        <dd>
          <Link to="/events/$eventId" params={{ eventId: delivery.event_id }} className="id">
            {delivery.event_id}
          </Link>
        </dd>
        <dt>{texts.created}</dt>
        <dd>
          <Time at={delivery.created_at} />
        </dd>
        <dt>{texts.deliveryId}</dt>
        <dd className="with-action">
          <span className="id">{delivery.id}</span>
          <CopyButton text={delivery.id} />
        </dd>
      </dl>
      <Payload eventId={delivery.event_id} />
      <Timeline delivery={delivery} />
    </>
  );
}

/** What its reader can do about a delivery that ended badly. */
function Advice({ delivery: { death_reason: death, discard_reason: discard } }: { delivery: Delivery }) {
  const { deathAdvice, discardAdvice } = words.delivery;
  const text = death !== null ? deathAdvice[death] : discard !== null ? discardAdvice[discard] : undefined;
  return text === undefined ? null : <p className="advice">{text}</p>;
}

/** One button: to send a finished delivery again, or one that waits for its time at once. */
function Actions({ delivery }: { delivery: Delivery }) {
  const queries = useQueryClient();
  const mayReplay = useMay('replay');
  const waits = delivery.status === 'waiting' && delivery.waiting_for !== 'paused';
  const hasEnded = ['delivered', 'dead', 'discarded'].includes(delivery.status);
  const send = useAct({
    mutationFn: () => {
      const params = { path: { id: delivery.id } };
      return hasEnded
        ? ok(api.POST('/v1/deliveries/{id}/replay', { params }))
        : ok(api.POST('/v1/deliveries/{id}/send-now', { params }));
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['delivery', delivery.id] }),
        queries.invalidateQueries({ queryKey: ['deliveries'] }),
      ]),
  });
  if (!mayReplay) return null;
  return (
    <div className="actions">
      {(hasEnded || waits) && (
        <Button kind="primary" isBusy={send.isPending} onClick={() => send.mutate()}>
          {hasEnded ? words.pane.sendAgain : words.pane.sendNow}
        </Button>
      )}
      <span role="status">{send.isSuccess && <Badge tone="busy">{words.pane.sent}</Badge>}</span>
      <Refused fault={send.error} />
    </div>
  );
}
