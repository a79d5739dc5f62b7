/**
 * What the matrix needs besides an operation's definition. A new operation needs a row: `{}` is enough if its path
 * contains the id of a tenant's resource. For the resources of tenant `acme`, see acme.ts.
 */
export interface Row {
  /** If the operation is about a tenant: a query that names acme. */
  query?: string;
  /** A body that does something in acme. Default: the example of the operation. */
  body?: unknown;
  /**
   * The response to an admin bound to another tenant. `unknown`: the response to a non-existent id (the default if the
   * path contains an id).
   */
  elsewhere?: 'unknown' | 'forbidden' | 'allowed';
  /** Whether its body is the code of acme's session. */
  code?: true;
  /** Whether it is about a delivery of acme that waits. */
  waiting?: true;
  /** The response to an admin bound to acme: `forbidden` if only unbound admins may do this. */
  bound?: 'allowed' | 'forbidden';
  /** Whether only a key may do it: no session, whatever its role. */
  keyAlone?: true;
  /** If no session of the portal may ask this, whatever its capabilities. */
  portal?: 'forbidden';
}

const inAcme: Row = { query: '?tenant=acme', elsewhere: 'forbidden' };
const ofNobody: Row = { elsewhere: 'allowed' };
const ofNoTenant: Row = { elsewhere: 'forbidden', bound: 'forbidden' };

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
  getStats: inAcme,
  patchEndpoint: {},
  replaceEndpoint: {},
  deleteEndpoint: {},
  revealSecret: {},
  revealHeaders: {},
  rotateSecret: {},
  testEndpoint: {},
  tryFilter: ofNobody,
  recoverEndpoint: {},
  replayMissing: {},
  listDeliveries: inAcme,
  getDelivery: {},
  getDeliveryRequest: {},
  sendDeliveryNow: { waiting: true },
  replayDelivery: {},
  createRedrive: { elsewhere: 'forbidden' },
  listJobs: inAcme,
  getJob: {},
  cancelJob: {},
  listKeys: inAcme,
  createKey: { body: { name: 'n', role: 'viewer', tenant: 'acme' }, elsewhere: 'forbidden' },
  getMe: ofNobody,
  getKey: {},
  deleteKey: {},
  createPortalSession: { elsewhere: 'forbidden' },
  createConsoleSession: { ...ofNobody, keyAlone: true },
  signInAsViewer: ofNobody,
  signInAsAdmin: ofNobody,
  redeemPortalSession: { code: true },
  listPortalSessions: inAcme,
  getPortalSession: {},
  endPortalSession: {},
  endPortalSessions: inAcme,
  getPortalSettings: ofNobody,
  putPortalSettings: ofNoTenant,
  getSystem: ofNoTenant,
  listTenants: ofNobody,
  // Without an object.
  listAudit: { ...inAcme, portal: 'forbidden' },
  listEventTypes: ofNobody,
  getEventType: ofNobody,
  putEventType: ofNoTenant,
  deleteEventType: ofNoTenant,
  listUnreadable: ofNoTenant,
  getUnreadable: ofNoTenant,
  discovery: ofNobody,
  health: ofNobody,
  openApi: ofNobody,
};
