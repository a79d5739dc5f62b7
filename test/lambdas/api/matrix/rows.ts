/**
 * What the matrix must know of an operation beyond its definition. A new operation needs a row: `{}` does where its
 * path holds the id of something that belongs to a tenant. Of what belongs to tenant `acme`, see acme.ts.
 */
export interface Row {
  /** Where the operation is about a tenant: a query that names acme. */
  query?: string;
  /** A body that does something in acme. Default: the example of the operation. */
  body?: unknown;
  /**
   * What an admin who is bound to another tenant gets. `unknown`: the answer to an id that nobody has (where the path
   * holds an id, this is the default).
   */
  elsewhere?: 'unknown' | 'forbidden' | 'allowed';
  /** What an admin who is bound to acme gets: `forbidden` where only the installation's own admins may. */
  bound?: 'allowed' | 'forbidden';
}

const inAcme: Row = { query: '?tenant=acme', elsewhere: 'forbidden' };
const ofNobody: Row = { elsewhere: 'allowed' };

/** Rows by the name of their operation. */
export const ROWS: Readonly<Record<string, Row>> = {
  publishEvents: { body: { type: 'order.created', data: {}, tenant: 'acme' }, elsewhere: 'forbidden' },
  publishEventsAsRole: { body: { type: 'order.created', data: {}, tenant: 'acme' }, elsewhere: 'forbidden' },
  listEvents: inAcme,
  getEvent: {},
  createEndpoint: { elsewhere: 'forbidden' },
  listEndpoints: inAcme,
  getEndpoint: {},
  getEndpointStats: {},
  patchEndpoint: {},
  replaceEndpoint: {},
  deleteEndpoint: {},
  revealSecret: {},
  rotateSecret: {},
  testEndpoint: {},
  recoverEndpoint: {},
  replayMissing: {},
  listDeliveries: inAcme,
  getDelivery: {},
  replayDelivery: {},
  createRedrive: { elsewhere: 'forbidden' },
  listJobs: inAcme,
  getJob: {},
  cancelJob: {},
  listKeys: inAcme,
  createKey: { body: { name: 'n', role: 'viewer', tenant: 'acme' }, elsewhere: 'forbidden' },
  getKey: {},
  deleteKey: {},
  listAudit: inAcme,
  listEventTypes: ofNobody,
  getEventType: ofNobody,
  putEventType: { elsewhere: 'forbidden', bound: 'forbidden' },
  deleteEventType: { elsewhere: 'forbidden', bound: 'forbidden' },
  discovery: ofNobody,
  health: ofNobody,
  openApi: ofNobody,
};
