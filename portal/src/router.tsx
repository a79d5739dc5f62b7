import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type SearchSchemaInput,
} from '@tanstack/react-router';
import type { DeliveryStatus, EndpointState } from './api/queries.ts';
import { Layout } from './components/Layout.tsx';
import { Failed, Loading } from './components/States.tsx';
import { UnknownPage } from './pages/UnknownPage.tsx';

// Every page with what its address may hold. A value that it does not know is left out: an address may be mistyped, or older.

type Raw = Readonly<Record<string, unknown>> & SearchSchemaInput;

const root = createRootRoute({ component: Layout, notFoundComponent: UnknownPage });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/endpoints', replace: true });
  },
});

export interface EndpointSearch {
  state?: EndpointState | undefined;
  url?: string | undefined;
}
const endpoints = createRoute({
  getParentRoute: () => root,
  path: '/endpoints',
  validateSearch: (raw: Raw): EndpointSearch => ({
    state: oneOf(['active', 'paused', 'disabled'], raw.state),
    url: text(raw.url),
  }),
  component: lazyRouteComponent(() => import('./pages/endpoints/EndpointList.tsx'), 'EndpointList'),
});
const newEndpoint = createRoute({
  getParentRoute: () => root,
  path: '/endpoints/new',
  component: lazyRouteComponent(() => import('./pages/endpoint/NewEndpoint.tsx'), 'NewEndpoint'),
});
const endpoint = createRoute({
  getParentRoute: () => root,
  path: '/endpoints/$endpointId',
  validateSearch: (raw: Raw): { range?: '7d' | undefined } => ({ range: oneOf(['7d'], raw.range) }),
  component: lazyRouteComponent(() => import('./pages/endpoint/EndpointPage.tsx'), 'EndpointPage'),
});
const editEndpoint = createRoute({
  getParentRoute: () => root,
  path: '/endpoints/$endpointId/edit',
  component: lazyRouteComponent(() => import('./pages/endpoint/EditEndpoint.tsx'), 'EditEndpoint'),
});

export const PERIODS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;

export interface DeliverySearch {
  status?: DeliveryStatus | undefined;
  endpoint?: string | undefined;
  type?: string | undefined;
  period?: keyof typeof PERIODS | undefined;
}
const deliveries = createRoute({
  getParentRoute: () => root,
  path: '/deliveries',
  validateSearch: (raw: Raw): DeliverySearch => ({
    status: oneOf(['retrying', 'waiting', 'delivered', 'dead', 'discarded'], raw.status),
    endpoint: text(raw.endpoint),
    type: text(raw.type),
    period: oneOf(['hour', 'day', 'week'], raw.period),
  }),
  component: lazyRouteComponent(() => import('./pages/deliveries/DeliveryList.tsx'), 'DeliveryList'),
});
const delivery = createRoute({
  getParentRoute: () => deliveries,
  path: '$deliveryId',
  component: lazyRouteComponent(() => import('./pages/deliveries/DeliveryPane.tsx'), 'DeliveryPane'),
});

export interface EventSearch {
  type?: string | undefined;
  key?: string | undefined;
}
const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  validateSearch: (raw: Raw): EventSearch => ({ type: text(raw.type), key: text(raw.key) }),
  component: lazyRouteComponent(() => import('./pages/events/EventList.tsx'), 'EventList'),
});
const event = createRoute({
  getParentRoute: () => events,
  path: '$eventId',
  component: lazyRouteComponent(() => import('./pages/events/EventPane.tsx'), 'EventPane'),
});

const eventTypes = createRoute({
  getParentRoute: () => root,
  path: '/event-types',
  validateSearch: (raw: Raw): { find?: string | undefined } => ({ find: text(raw.find) }),
  component: lazyRouteComponent(() => import('./pages/event-types/EventTypeList.tsx'), 'EventTypeList'),
});
const eventType = createRoute({
  getParentRoute: () => root,
  path: '/event-types/$name',
  component: lazyRouteComponent(() => import('./pages/event-types/EventTypePage.tsx'), 'EventTypePage'),
});
const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  component: lazyRouteComponent(() => import('./pages/jobs/JobList.tsx'), 'JobList'),
});
const job = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId',
  component: lazyRouteComponent(() => import('./pages/jobs/JobPage.tsx'), 'JobPage'),
});
const help = createRoute({
  getParentRoute: () => root,
  path: '/help',
  component: lazyRouteComponent(() => import('./pages/help/HelpPage.tsx'), 'HelpPage'),
});

const routeTree = root.addChildren([
  home,
  endpoints,
  newEndpoint,
  endpoint,
  editEndpoint,
  deliveries.addChildren([delivery]),
  events.addChildren([event]),
  eventTypes,
  eventType,
  jobs,
  job,
  help,
]);

export const router = createRouter({
  routeTree,
  basepath: '/portal',
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  defaultErrorComponent: ({ error, reset }) => <Failed fault={error} again={reset} />,
  scrollRestoration: true,
  // Plain names and values, as people write them into an address.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return query === '' ? '' : `?${query}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function oneOf<Value extends string>(values: readonly Value[], value: unknown): Value | undefined {
  return values.find((one) => one === value);
}
