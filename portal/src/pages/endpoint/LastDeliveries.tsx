import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import { lastDeliveriesQuery } from '../../api/queries.ts';
import { useRefreshMs } from '../../components/AutoRefresh.tsx';
import { DeliveryTable } from '../../components/DeliveryTable.tsx';
import { Failed, Loading } from '../../components/States.tsx';
import { words } from '../../words/words.ts';

export function LastDeliveries({ endpointId }: { endpointId: string }) {
  const refetchInterval = useRefreshMs();
  const { data, error, refetch } = useQuery({ ...lastDeliveriesQuery(endpointId), refetchInterval });
  const name = useId();
  const texts = words.endpoint;
  return (
    <section className="card" aria-labelledby={name}>
      <div className="card-head">
        <h2 id={name}>{texts.sections.last}</h2>
        <Link to="/deliveries" search={{ endpoint: endpointId }}>
          {texts.allDeliveries}
        </Link>
      </div>
      {data === undefined ? (
        error ? (
          <Failed fault={error} again={() => void refetch()} />
        ) : (
          <Loading />
        )
      ) : data.data.length === 0 ? (
        <p className="quiet">{texts.noDeliveries}</p>
      ) : (
        <DeliveryTable pages={[data.data]} isOfOne />
      )}
    </section>
  );
}
