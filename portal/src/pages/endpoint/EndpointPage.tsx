import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { shortUrl, titleOf } from '../../api/endpoint-names.ts';
import { endpointQuery } from '../../api/queries.ts';
import type { Endpoint } from '../../api/types.ts';
import { useRefreshMs } from '../../components/AutoRefresh.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Failed, Loading } from '../../components/States.tsx';
import { EndpointState, NextProbe } from '../../components/Status.tsx';
import { words } from '../../words/words.ts';
import { EndpointActions } from './EndpointActions.tsx';
import { LastDeliveries } from './LastDeliveries.tsx';
import { Secret } from './Secret.tsx';
import { Settings } from './Settings.tsx';
import { Traffic } from './Traffic.tsx';

const page = getRouteApi('/endpoints/$endpointId');

/** How an endpoint is, what was sent to it, and all that may be done with it. */
export function EndpointPage() {
  const { endpointId } = page.useParams();
  const refreshMs = useRefreshMs();
  const {
    data: endpoint,
    error,
    refetch,
  } = useQuery({
    ...endpointQuery(endpointId),
    // What changes by itself: a probe closes the circuit, or puts off the next one.
    refetchInterval: ({ state }) => (state.data && state.data.health.circuit !== 'closed' ? refreshMs : false),
  });
  if (endpoint === undefined) {
    return error ? <Failed fault={error} again={() => void refetch()} /> : <Loading />;
  }
  return (
    <div key={endpointId}>
      <p className="crumb">
        <Link to="/endpoints">{words.endpoints.title}</Link>
      </p>
      <PageHead title={titleOf(endpoint)} {...(endpoint.description !== '' && { intro: shortUrl(endpoint.url) })}>
        <EndpointActions endpoint={endpoint} />
      </PageHead>
      <Health endpoint={endpoint} />
      <Traffic id={endpointId} />
      <LastDeliveries endpointId={endpointId} />
      <div className="columns">
        <Settings endpoint={endpoint} />
        <Secret endpoint={endpoint} />
      </div>
    </div>
  );
}

/** The state in words: the reason, and what to do. */
function Health({ endpoint }: { endpoint: Endpoint }) {
  const { state, disabled_reason: reason, health } = endpoint;
  const texts = words.endpoint;
  const sentences =
    state === 'disabled'
      ? [reason === null ? '' : texts.disabledReason[reason], texts.disabledAdvice]
      : state === 'paused'
        ? [texts.pausedAdvice]
        : health.circuit !== 'closed'
          ? [`${texts.circuit[health.circuit]}.`, texts.circuitAdvice]
          : [];
  return (
    <p className="health">
      <EndpointState endpoint={endpoint} />
      <span>
        {sentences.length > 0
          ? sentences.join(' ')
          : health.consecutive_failures > 0
            ? texts.circuit.failing(health.consecutive_failures)
            : texts.circuit.closed}{' '}
        {state === 'active' && <NextProbe endpoint={endpoint} />}
      </span>
    </p>
  );
}
